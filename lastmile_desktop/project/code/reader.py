"""A child process that makes outlines: paths come in on standard input, each ended by NUL; pickled batches, each
behind its length (4 bytes, little endian), go out on standard output.

    python -m lastmile_desktop.project.code.reader ROOT
"""

from __future__ import annotations

import gc
import os
import pickle
import struct
import sys
from pathlib import Path

from lastmile_desktop.project.code.outline import Outline
from lastmile_desktop.project.code.parse import language_of, outline
from lastmile_desktop.project.collect import read_text

BATCH = 4
_COLLECT_EVERY = 20 * BATCH


def read(root: Path, path: str) -> Outline:
    """One file's outline; a file that cannot be read has one that says so."""
    text = read_text(root, path)
    if text is None:
        return unread(path, "it was deleted or changed while it was being read")
    return outline(path, text)


def unread(path: str, why: str) -> Outline:
    return Outline(path, language_of(path) or "", error=f"This file could not be read: {why}.")


def main() -> None:
    # Looking for circles at every turn would take a quarter of the time; now and then is enough.
    gc.disable()
    root = Path(sys.argv[1])
    paths = sys.stdin.buffer.read().decode("utf-8", "surrogateescape").split("\0")[:-1]
    for start in range(0, len(paths), BATCH):
        body = pickle.dumps(
            [read(root, path) for path in paths[start : start + BATCH]], pickle.HIGHEST_PROTOCOL
        )
        os.write(1, struct.pack("<I", len(body)))
        sys.stdout.buffer.write(body)
        sys.stdout.buffer.flush()
        if start % _COLLECT_EVERY == 0:
            gc.collect()


if __name__ == "__main__":
    main()
