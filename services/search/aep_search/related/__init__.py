"""What refers to a record, and the names that its page needs: what it takes part in, its meetings, updates, texts."""
