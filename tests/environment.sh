# Sourced by tests/run.sh and examples/run.sh: makes a virtual environment and installs the package in it.
#
#   VENV     where it goes (default: .venv in the checkout)
#   PYTHON   which Python makes it (default: python3; 3.11 or later)
#   EXTRAS   extras to install, e.g. [dev]
VENV=${VENV:-.venv}
PYTHON=${PYTHON:-python3}
"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "error: $PYTHON is older than 3.11; set PYTHON to a newer one" >&2
    exit 1
}
[ -x "$VENV/bin/python" ] || "$PYTHON" -m venv "$VENV"
"$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --editable ".${EXTRAS:-}"
