#!/usr/bin/env bash
# make test: two workers, each with a database of its own on a server of this run.
source "$(dirname "$0")/env.sh"
install dev
exec .venv/bin/python -m pytest -n "${WORKERS:-2}" "$@"
