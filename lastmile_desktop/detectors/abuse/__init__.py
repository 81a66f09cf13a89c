"""What one person or one script can do to the whole product."""
