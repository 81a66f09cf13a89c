"""Keeps Python's garbage collector from stopping the window.

A first scan makes millions of small values without cycles. Each full collection on the way would walk over all of
them with the interpreter's lock held, for longer than an interaction may take.
"""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager

# What is made in one save stays far below this, so that a collection between saves is short.
_YOUNG = 50_000


@contextmanager
def without_pauses() -> Generator[None]:
    """No collection inside; what was made is afterwards taken out of those to come."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(_YOUNG, 20, 100)
        gc.enable()
