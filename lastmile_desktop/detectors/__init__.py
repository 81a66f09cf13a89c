"""Pure functions from models to findings: one module a check."""
