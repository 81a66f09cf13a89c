"""Checks on who may reach what."""
