"""What stands in front of an entry point and asks who is calling."""
