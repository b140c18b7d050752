#!/usr/bin/env bash
# make stop: end the embedded servers that a killed demo has left running.
source "$(dirname "$0")/env.sh"
install base
exec .venv/bin/python -m callcenter.embedded stop
