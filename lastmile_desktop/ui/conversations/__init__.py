"""The conversation log beside the checklist."""
