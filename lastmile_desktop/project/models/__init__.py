"""Models over a project: what its database, routes, browser bundle and settings look like."""
