#!/usr/bin/env bash
# Rewrites requirements/*.txt from the loose list in pyproject.toml. Versions move only here, and only with a green suite after.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v uv >/dev/null || { echo "make lock needs uv: python3.11 -m pip install uv"; exit 1; }

# Hashes, no addresses: a lock must install from whichever index its reader uses.
compile=(uv pip compile pyproject.toml --python-version 3.11 --generate-hashes --no-header --no-annotate
         --no-emit-index-url --no-emit-find-links --quiet "$@")

"${compile[@]}" --extra analytics --extra dev --output-file requirements/dev.txt
# Spark alone, for its one test: it weighs more than everything else together.
"${compile[@]}" --extra spark --constraint requirements/dev.txt --output-file requirements/spark.txt
# The product installs the very versions that were tested.
"${compile[@]}" --constraint requirements/dev.txt --output-file requirements/base.txt
