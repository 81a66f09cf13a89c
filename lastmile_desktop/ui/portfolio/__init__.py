"""All registered projects side by side."""
