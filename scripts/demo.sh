#!/usr/bin/env bash
# make demo: from a bare checkout to a ringing phone. `exec`, so that Ctrl-C reaches the product and nothing else.
source "$(dirname "$0")/env.sh"
install base
exec .venv/bin/python manage.py demo "$@"
