"""What keeps state: one operator, one file."""
