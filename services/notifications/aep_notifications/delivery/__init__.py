"""Delivery: each recipient of an issue gets one mail, or is listed by name as in doubt."""
