"""Checks on customers and demand."""
