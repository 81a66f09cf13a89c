"""Migrations: which may still have to run, what they hold up, take away or get wrong."""
