"""Which lookups there are, and which of them an index serves."""
