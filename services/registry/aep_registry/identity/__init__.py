"""People and programs, their roles, and how they sign in."""
