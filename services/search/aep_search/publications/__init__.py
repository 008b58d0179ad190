"""Publications: texts whose every paragraph has an address of its own."""
