"""The People page: everybody in the log, what they said, and what is to be learned from the next ones."""
