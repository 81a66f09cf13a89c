"""Every query where it stands: its shape, its loop, and how many rows it may bring."""
