"""The checklist: bands of rows that change in place."""
