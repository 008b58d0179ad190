"""What refers to a paragraph: initiatives with their stance, updates, meetings."""
