"""One check in full: what it does to a customer, where, and what to do."""
