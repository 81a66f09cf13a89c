"""Tables, columns and keys, from migrations, ORMs and generated types."""
