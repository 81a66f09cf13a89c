"""What broke and what was different, and how each month went."""
