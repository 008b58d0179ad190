"""The one analysis of texts and queries, and what is shown of a text that was found."""
