"""Who may reach the rows, functions and files of a database that serves the browser."""
