"""What is held about people, who else sees it, and what they are told."""
