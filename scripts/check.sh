#!/usr/bin/env bash
# make check: everything that needs no test run. Goes through all of it, then says what failed.
source "$(dirname "$0")/env.sh"
# ZHIYIN_VENV names an environment that is kept up to date elsewhere.
[ -n "${ZHIYIN_VENV:-}" ] || install dev
bin=${ZHIYIN_VENV:-.venv}/bin
failed=()

step() {
    local name=$1
    shift
    echo "== $name"
    "$@" || failed+=("$name")
}

# Settings as a host would have them: the check must judge the real thing, not the demo. The key is for this check alone.
production() {
    env DEBUG=0 SECURE=1 ALLOWED_HOSTS=zhiyin.example SECRET_KEY="check-$(printf 'Aa0-%.0s' {1..20})Zz9!kQ7pXw" "$@"
}

step "ruff" "$bin/ruff" check .
step "format" "$bin/ruff" format --check .
step "types" "$bin/mypy"
step "directions" "$bin/lint-imports"
# Without a database at hand Django warns that it cannot compare the history; the files are compared all the same.
step "migrations" "$bin/python" -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
step "settings for production" production "$bin/python" manage.py check --deploy --fail-level WARNING
if [ -f scripts/lint_templates.py ]; then step "templates" "$bin/python" scripts/lint_templates.py; fi

if [ ${#failed[@]} -gt 0 ]; then
    echo "Failed: ${failed[*]}"
    exit 1
fi
echo "All checks pass."
