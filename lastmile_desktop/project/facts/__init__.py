"""Stack and AI-tool facts."""
