"""GitHub workflows: what they may do, and what strangers can make them do."""
