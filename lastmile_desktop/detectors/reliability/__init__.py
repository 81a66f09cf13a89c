"""Checks of reliability."""
