#!/usr/bin/env bash
# make screenshots: every screen and state, both languages, into var/screenshots with an index to look at.
source "$(dirname "$0")/env.sh"
install dev
exec .venv/bin/python -m tests.browser.screenshots
