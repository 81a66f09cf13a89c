"""What a command adds itself to."""

from __future__ import annotations

import argparse
from typing import Protocol


class SubCommands(Protocol):
    """argparse's own class for this has no public name."""

    def add_parser(self, name: str, *, help: str) -> argparse.ArgumentParser: ...  # noqa: A002
