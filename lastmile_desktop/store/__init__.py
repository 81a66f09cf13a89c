"""History in SQLite: one module a table family."""
