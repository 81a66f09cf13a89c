#!/bin/sh
# system-libraries.sh run|test: the libraries of the system that Qt needs (run), and what the tests need beside
# them (test). Installs them when root or sudo allow it; else says which are missing and goes on or stops.
set -eu
[ "$(uname -s)" = Linux ] || exit 0

libraries="libegl1 libgl1 libxkbcommon0 libxkbcommon-x11-0 libdbus-1-3 libfontconfig1 libfreetype6 libglib2.0-0
libxcb1 libx11-xcb1 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0
libxcb-render0 libxcb-shape0 libxcb-shm0 libxcb-sync1 libxcb-xfixes0 libxcb-xinerama0 libxcb-xkb1"
tools="git xvfb xauth xdotool dbus dbus-x11 gnome-keyring procps fonts-inter fonts-dejavu-core fonts-jetbrains-mono"

wanted=$libraries
[ "${1:-run}" = test ] && wanted="$libraries $tools"
command -v dpkg-query >/dev/null 2>&1 || exit 0

missing=
for package in $wanted; do
    # On newer releases some libraries carry the suffix t64.
    if ! dpkg-query -W -f '${Status}' "$package" "${package}t64" 2>/dev/null | grep -q 'ok installed'; then
        missing="$missing $package"
    fi
done
[ -z "$missing" ] && exit 0

if [ "$(id -u)" = 0 ]; then
    as_root=
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    echo "These packages of your system are missing:$missing" >&2
    echo "Install them once: sudo apt-get install$missing" >&2
    [ "${1:-run}" = run ] && exit 0
    exit 1
fi
echo "Installing packages of the system:$missing"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq
for package in $missing; do
    # A package that this release does not have (fonts, mostly) is left out; what matters shows when Qt starts.
    $as_root apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1 ||
        echo "  not available here: $package"
done
