"""Where money is asked for and rights are given for it."""
