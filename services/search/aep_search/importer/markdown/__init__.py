"""The layout `markdown`."""
