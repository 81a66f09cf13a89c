"""Today: the verdict line, the checklist and beside it the conversation log or a check in full."""
