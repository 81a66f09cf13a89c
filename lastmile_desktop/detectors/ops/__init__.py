"""Checks on observability and operations."""
