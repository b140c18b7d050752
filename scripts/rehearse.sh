#!/usr/bin/env bash
# make rehearse: the shipped units' own command lines, started here with production settings; nginx in front where it is.
source "$(dirname "$0")/env.sh"
[ -n "${ZHIYIN_VENV:-}" ] || install dev
exec "${ZHIYIN_VENV:-.venv}/bin/python" scripts/rehearse.py
