"""After a transcript came in: which speaker is the founder, and with whom the talk was."""
