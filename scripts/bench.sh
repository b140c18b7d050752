#!/usr/bin/env bash
# make bench [ONLY=prefix]: print the figures and write benchmarks/results.json.
source "$(dirname "$0")/env.sh"
install dev
exec .venv/bin/python -m benchmarks.run "$@"
