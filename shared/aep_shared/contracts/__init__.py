"""The events that services exchange: one frozen, documented model each, its major version in its name.

A topic carries the whole public state of one kind of aggregate, keyed by the aggregate's id, and is
compacted: whoever reads it from the start knows everything that is public now.
"""
