"""A document under construction: its lines and blocks, their numbers, and the refs they are given."""
