"""The layout `pages`: text drawn from a PDF."""
