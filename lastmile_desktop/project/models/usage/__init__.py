"""What of a folder is the product, what runs, and for whom."""
