#!/usr/bin/env bash
# Installs what a purpose needs from Debian: deploy/debian_packages.sh venv|test|bench
# Does nothing when all is there. Without root it says which command to type, and stops.
set -euo pipefail

# Each line: the package, and a file that shows that it is there.
case "${1:-}" in
    venv) wanted='python3.11-venv /usr/lib/python3.11/ensurepip/__init__.py' ;;
    test) wanted='postgresql /usr/lib/postgresql/*/bin/initdb
                  chromium /usr/bin/chromium
                  dovecot-imapd /usr/lib/dovecot/imap
                  nodejs /usr/bin/node
                  libical3 /usr/lib/*/libical.so.3' ;;
    bench) wanted='postgresql /usr/lib/postgresql/*/bin/initdb
                   postfix /usr/sbin/smtp-source
                   wrk /usr/bin/wrk' ;;
    *) echo "usage: $0 venv|test|bench" >&2; exit 2 ;;
esac

missing=()
while read -r package proof; do
    compgen -G "$proof" > /dev/null || missing+=("$package")
done <<< "$wanted"
[ "${#missing[@]}" -gt 0 ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
    echo "Some Debian packages are missing. Type: sudo apt-get install ${missing[*]}" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
if [[ " ${missing[*]} " == *" postfix "* ]]; then
    # Only its program smtp-source is used: no mail server is set up, and none is started.
    echo "postfix postfix/main_mailer_type select No configuration" | debconf-set-selections
    if [ ! -e /usr/sbin/policy-rc.d ]; then
        trap 'rm -f /usr/sbin/policy-rc.d' EXIT
        printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d
        chmod 755 /usr/sbin/policy-rc.d
    fi
fi
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" < /dev/null
