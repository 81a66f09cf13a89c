"""How anybody learns that something is wrong: logs, trackers, runbooks."""
