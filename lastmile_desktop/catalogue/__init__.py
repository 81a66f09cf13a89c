"""rules/ on disk becomes typed Checks."""
