"""Which schema this program knows."""

from __future__ import annotations

SCHEMA_VERSION = 2
