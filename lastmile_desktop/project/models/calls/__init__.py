"""Outbound calls: over the network, to services, to the database, and what happens when they fail."""
