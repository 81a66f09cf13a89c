"""Hashes, ciphers, tokens and comparisons: what each protects and whether it does."""
