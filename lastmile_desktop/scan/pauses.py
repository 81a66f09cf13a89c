"""Keeps Python's garbage collector from stopping the window.

A first scan makes millions of small values without cycles. Each full collection on the way would walk over all of
them with the interpreter's lock held, for longer than an interaction may take.
"""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager

_MANY = 100_000


@contextmanager
def without_pauses() -> Generator[None]:
    """No collection inside. When very much was made, it is taken out of the collections to come.

    Where collecting is off already it stays off: the window collects on its own thread.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if gc.get_count()[0] > _MANY:
            gc.freeze()
        if was_on:
            gc.enable()
