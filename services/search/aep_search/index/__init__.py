"""The search index: one port, one text analysis, two engines."""
