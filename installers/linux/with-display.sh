#!/bin/sh
# with-display.sh COMMAND…: run it with a display and a session bus of its own where there is Xvfb and dbus.
set -eu
if command -v dbus-run-session >/dev/null 2>&1; then
    set -- dbus-run-session -- "$@"
fi
if command -v xvfb-run >/dev/null 2>&1; then
    exec xvfb-run --auto-servernum --server-args="-screen 0 1600x1200x24" "$@"
fi
exec "$@"
