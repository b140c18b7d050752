# Sourced by the other scripts: goes to the top of the checkout and finds Python 3.11.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# Every process of the product would compile it anew, seconds of it, where a host switches this on for all.
unset PYTHONDONTWRITEBYTECODE

python311() {
    local candidate
    for candidate in "${PYTHON:-}" python3.11 python3 python; do
        if [ -n "$candidate" ] && "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo "Zhiyin needs Python 3.11, which was not found. Install it (Debian 12: apt-get install python3.11 python3.11-venv)" >&2
    echo "or say where it is: make demo PYTHON=/path/to/python3.11" >&2
    return 1
}

# install LOCK: fill .venv, but only when the lock has changed since. dev holds all of base, so base is content with it.
install() {
    local lock=requirements/$1.txt stamp=.venv/.lock-$1 now
    now=$(cksum < "$lock")
    if [ "$(cat "$stamp" 2>/dev/null)" = "$now" ] && .venv/bin/python -c '' 2>/dev/null; then
        return
    fi
    if ! .venv/bin/python -c 'import pip, sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
        local python
        python=$(python311)
        echo "Creating .venv"
        rm -rf .venv
        "$python" -m venv .venv || { echo "Python cannot create environments: install python3.11-venv." >&2; exit 1; }
    fi
    echo "Installing $lock into .venv (once, about half a minute)"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --no-compile --require-hashes --requirement "$lock"
    # Six thousand modules, of which a start needs a third: compiled on the other core while the first one goes on.
    # Who is quicker compiles what is missing; a Ctrl-C ends this, and nothing is lost but time.
    nice .venv/bin/python -m compileall -q .venv/lib >/dev/null 2>&1 </dev/null &
    echo "$now" > "$stamp"
}
