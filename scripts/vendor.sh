#!/usr/bin/env bash
# make vendor: fetch the exact front-end parts and copy what vendor.toml names. Only this needs Node; deploying does not.
source "$(dirname "$0")/env.sh"
command -v npm >/dev/null || { echo "make vendor needs npm (Debian: apt-get install npm)."; exit 1; }
# No package of ours runs code at installation, and none may.
(cd scripts/vendor && npm ci --ignore-scripts --no-audit --no-fund --omit=optional)
exec "$(python311)" scripts/vendor.py
