#!/bin/sh
# Makes the virtual environment $1 with any Python >= 3.11, or says what is missing. No network.
set -eu
venv=$1

fits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

for name in "${PYTHON:-}" python3 python3.13 python3.12 python3.11 python3.14 python; do
    if [ -n "$name" ] && fits "$name"; then
        python=$name
        break
    fi
done

if [ -z "${python:-}" ]; then
    found=$(python3 --version 2>/dev/null || echo "no python3")
    echo "Bursar needs Python 3.11 or newer; found: $found." >&2
    echo "Install one and run make again, or name it: make PYTHON=/path/to/python3.11 ..." >&2
    exit 1
fi

if "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    "$python" -m venv "$venv" || { rm -rf "$venv"; exit 1; }
elif command -v uv >/dev/null 2>&1; then
    uv venv --quiet --seed --python "$python" "$venv"
else
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    echo "$python cannot make virtual environments: its venv module is not complete." >&2
    echo "On Debian and Ubuntu: apt install python${version}-venv (or python3-venv). Then run make again." >&2
    exit 1
fi
