#!/bin/sh
# The whole test run, on real parts: engine, images, PostgreSQL, Redis, Chromium. A missing one is a failure, not a skip.
# PYTEST_ARGS is handed to pytest. SPACES_TEST_VAR says where the log and pid of an engine started here go.
set -eu
cd "$(dirname "$0")/.."
folder=${SPACES_TEST_VAR:-var}
started=$(date +%s)

phase() {
    now=$(date +%s)
    printf -- '-- %s: %s s\n' "$1" $((now - started))
    started=$now
}

sh scripts/setup.sh requirements-dev.lock
phase "Python packages"
.venv/bin/python scripts/test_parts.py
phase "parts the tests need"
.venv/bin/python -m workspaces.engine.host --data-dir "$folder"
phase "engine"
.venv/bin/python manage.py images
phase "images"
# One process for what shares a site, the others for the rest (tests/conftest.py).
workers=$(nproc)
[ "$workers" -ge 2 ] || workers=2
[ "$workers" -le 4 ] || workers=4
# shellcheck disable=SC2086 # several arguments
exec .venv/bin/python -m pytest -n "$workers" tests/unit tests/integration tests/browser ${PYTEST_ARGS:-}
