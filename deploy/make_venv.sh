#!/usr/bin/env bash
# Makes .venv with Python 3.11. Debian's own python3.11 lacks what a virtual environment
# needs until python3.11-venv is installed; a `python3.11` that lives elsewhere may do as well.
set -euo pipefail

usable() { "$1" -c 'import ensurepip, sys; sys.exit(sys.version_info[:2] != (3, 11))' 2> /dev/null; }

for python in /usr/bin/python3.11 python3.11; do
    if usable "$python"; then
        exec "$python" -m venv --clear .venv
    fi
done
"$(dirname "$0")/debian_packages.sh" venv
exec /usr/bin/python3.11 -m venv --clear .venv
