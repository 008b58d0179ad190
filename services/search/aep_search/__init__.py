"""Search: publications by paragraph, and the index over everything public."""
