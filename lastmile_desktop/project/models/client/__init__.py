"""What the browser or the phone downloads, and what it asks the back end for."""
