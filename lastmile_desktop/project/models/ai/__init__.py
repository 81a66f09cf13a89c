"""Where a project asks language models, with whose keys, and what becomes of the answers."""
