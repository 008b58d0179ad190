"""Searching: from the parameters of an address to hits with highlights and facets."""
