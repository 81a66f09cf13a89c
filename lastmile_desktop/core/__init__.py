"""Pure values and decisions: no Qt, no disk, no clock."""
