"""How right the checks are on public repositories, by labels that people made."""
