"""Privacy: what is held about people, who sees it, and what they can ask for."""
