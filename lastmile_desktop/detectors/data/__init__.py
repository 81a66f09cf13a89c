"""Checks on data and migrations."""
