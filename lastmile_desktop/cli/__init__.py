"""The command line: a thin client of the Session, without Qt."""
