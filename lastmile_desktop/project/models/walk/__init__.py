"""Walks the code of a route in the order it runs: what is known where, and whose rows are touched."""
