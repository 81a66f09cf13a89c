"""Calls from other services: how each is checked, followed and answered."""
