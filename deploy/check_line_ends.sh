#!/usr/bin/env bash
# Refuses text files that end without a line break or have lines that end in a space.
set -euo pipefail
fault=0
for file; do
    if [ -s "$file" ] && [ -n "$(tail -c 1 "$file")" ]; then
        echo "$file: no line break at the end"
        fault=1
    fi
    if grep -nE '[[:blank:]]+$' "$file" | sed "s|^|$file:|"; then
        fault=1
    fi
done
exit "$fault"
