"""Who hears a session's events."""

from __future__ import annotations

import threading
from collections.abc import Callable

from lastmile_desktop.core.events import Event

Listener = Callable[[Event], None]


class Listeners:
    """May be used from any thread; listeners are called on the one that tells."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: list[Listener] = []

    def add(self, listener: Listener) -> Callable[[], None]:
        """Hear every event from now on; the returned call ends it."""
        with self._lock:
            self._listeners.append(listener)

        def end() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return end

    def tell(self, event: Event) -> None:
        with self._lock:
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener(event)
