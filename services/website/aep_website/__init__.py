"""The website: a visitor's and an officer's view of what the public APIs say. It keeps nothing."""
