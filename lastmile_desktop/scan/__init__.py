"""From a saved file to a reconciled scan."""
