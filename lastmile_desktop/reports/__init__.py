"""Scans written for other programs and people."""
