"""SQL and the migrations of other languages, read as changes."""
