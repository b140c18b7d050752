#!/usr/bin/env bash
# make sip-test: whole calls through the product, Kamailio and SIPp. Says what to install where they are missing.
source "$(dirname "$0")/env.sh"
[ -n "${ZHIYIN_VENV:-}" ] || install dev
exec "${ZHIYIN_VENV:-.venv}/bin/python" -m pytest tests/sip -p no:randomly "$@"
