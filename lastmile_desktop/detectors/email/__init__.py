"""Email and the domain it is sent from."""
