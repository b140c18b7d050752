#!/usr/bin/env bash
# make clean: back to a bare checkout. The servers are stopped first: deleting a running database's folder loses it badly.
source "$(dirname "$0")/env.sh"
if [ -x .venv/bin/python ]; then .venv/bin/python -m callcenter.embedded stop; fi
rm -rf var .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis scripts/vendor/node_modules
find . -name __pycache__ -type d -prune -exec rm -rf {} +
