"""The first minutes: drop a folder, and later three questions that may stay unanswered."""
