#!/bin/sh
# Everything CI checks: lint, types, import rules, tests. Makes what it needs from Python 3.11+ and a shell.
# Arguments go to pytest.
set -eu
cd "$(dirname "$0")/.."
EXTRAS='[dev]'
. tests/environment.sh
"$VENV/bin/ruff" check .
"$VENV/bin/ruff" format --check .
"$VENV/bin/mypy"
"$VENV/bin/lint-imports"
"$VENV/bin/python" -m pytest "$@"
