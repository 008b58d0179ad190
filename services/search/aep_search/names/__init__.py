"""What records are called: names by type and slug, for whoever shows references to them."""
