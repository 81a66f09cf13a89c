#!/bin/sh
# make-venv.sh PYTHON VENV LOCK (PYTHON may be empty): a virtual environment with exactly what LOCK names, and this package in it.
set -eu
python=$1 venv=$2 lock=$3

works() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }
if [ -z "$python" ]; then
    for name in python3 python3.13 python3.12 python3.11 python3.14 python; do
        if works "$name"; then python=$name && break; fi
    done
fi
if [ -z "$python" ] || ! works "$python"; then
    echo "Last Mile needs Python 3.11 or newer. Install it, or name it: make run PYTHON=/path/to/python3" >&2
    exit 1
fi
if [ ! -x "$venv/bin/python" ]; then
    echo "Making $venv"
    if ! "$python" -m venv "$venv" 2>/dev/null; then
        rm -rf "$venv"
        # Debian and Ubuntu ship venv apart from Python; a target-less pip can make one as well.
        if "$python" -m pip --version >/dev/null 2>&1; then
            "$python" -m pip install --quiet --user --break-system-packages virtualenv
            "$python" -m virtualenv --quiet "$venv"
        else
            echo "Python's venv module is missing. On Debian and Ubuntu: apt-get install python3-venv" >&2
            exit 1
        fi
    fi
fi
echo "Installing what Last Mile needs (once; a few minutes)"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
