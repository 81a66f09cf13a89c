"""Talks and people in the shapes other tools give and take. Values in, values out: no disk, no clock."""
