"""Checks on frontend quality."""
