"""Detectors of the area "Secrets"."""
