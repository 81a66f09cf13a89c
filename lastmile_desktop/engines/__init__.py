"""Outside tools as child processes behind one Protocol."""
