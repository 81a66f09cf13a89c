"""Settings: where they are read and defined, and what differs between a desk and the host."""
