"""What the founder says about customers, put into the store and read back; the session's part for people and talks."""
