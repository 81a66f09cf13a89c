"""Checks of payments and webhooks."""
