#!/bin/sh
# Makes .venv and puts the packages of one lock file into it: scripts/setup.sh requirements.lock
# A copy of the lock inside .venv says what is installed, so that the second run is one comparison.
set -eu
cd "$(dirname "$0")/.."
lock=$1
stamp=.venv/installed-$lock

[ -x .venv/bin/python ] && cmp -s "$lock" "$stamp" && exit 0

say() { printf '%s\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

python=
for name in python3 python3.11 python3.12 python3.13; do
    if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
        python=$name
        break
    fi
done
[ -n "$python" ] || fail "Python 3.11 or newer is missing. On Debian 12 or Ubuntu: sudo apt-get install -y python3 python3-venv"

if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    package=python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        say "Installing $package, which Debian keeps apart from Python …"
        log=$(mktemp)
        export DEBIAN_FRONTEND=noninteractive
        { apt-get update && apt-get install -y --no-install-recommends "$package" ca-certificates; } >"$log" 2>&1 </dev/null \
            || { tail -n 12 "$log" >&2; fail "apt-get could not install $package."; }
        rm -f "$log"
    else
        fail "Python's venv module is missing. Install it and try again: sudo apt-get install -y $package"
    fi
fi

if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    say "Making .venv …"
    "$python" -m venv --clear .venv
fi
say "Installing the Python packages of $lock; once, about a minute …"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes --requirement "$lock"
cp "$lock" "$stamp"
# The development lock holds everything in the other one, at the same versions (tests/unit/test_repository.py).
[ "$lock" != requirements-dev.lock ] || cp requirements.lock .venv/installed-requirements.lock
