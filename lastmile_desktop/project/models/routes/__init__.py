"""Entry points of servers: where they are, what they do, and for whom."""
