"""The guided fix: steps on the left, the current one on the right."""
