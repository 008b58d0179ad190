"""Registers: records that are kept as documents, and the same verbs for all of them."""
