#!/bin/sh
# Runs a command of the product as its own user and with its settings, from wherever you are:
#   /opt/eventsapp/deploy/run.sh doctor
# Type it as root, or as the user eventsapp where that user may read the settings. SETTINGS and
# RUN_AS name another file of settings and another user.
set -eu

cd "$(dirname "$(readlink -f "$0")")/.."
settings=${SETTINGS:-/etc/eventsapp/settings}
user=${RUN_AS:-eventsapp}
if [ ! -r "$settings" ]; then
    echo "$settings cannot be read: it is not there, or belongs to another user." >&2
    exit 1
fi

# systemd reads a line as NAME=value or NAME="value" and takes nothing in it for a command; so do we.
while IFS= read -r line || [ -n "$line" ]; do
    case "$line" in
        '' | '#'* | ';'*) continue ;;
        [A-Z_]*=*) ;;
        *) echo "$settings: this line is no setting: $line" >&2; exit 1 ;;
    esac
    value=${line#*=}
    case "$value" in
        \"*\") value=${value#\"} value=${value%\"} ;;
        \'*\') value=${value#\'} value=${value%\'} ;;
    esac
    export "${line%%=*}=$value"
done < "$settings"

if [ "$(id -un)" = "$user" ]; then
    exec .venv/bin/flask --app eventsapp.app "$@"
fi
exec runuser --preserve-environment --user "$user" -- .venv/bin/flask --app eventsapp.app "$@"
