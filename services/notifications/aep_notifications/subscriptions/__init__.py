"""Subscriptions: double opt-in, preferences, leaving with one click."""
