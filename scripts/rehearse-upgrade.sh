#!/usr/bin/env bash
# make rehearse-upgrade: an older version with callers on the line is upgraded by the documented steps.
source "$(dirname "$0")/env.sh"
[ -n "${ZHIYIN_VENV:-}" ] || install dev
exec "${ZHIYIN_VENV:-.venv}/bin/python" -m scripts.rehearse_upgrade "$@"
