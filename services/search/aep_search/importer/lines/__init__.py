"""The layout `lines`: text with one line a paragraph."""
