"""A service as a whole: its settings, its parts, its loops, and how it is started, watched and ended."""
