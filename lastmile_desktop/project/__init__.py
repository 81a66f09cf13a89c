"""A folder becomes facts and models, read as data and never run."""
