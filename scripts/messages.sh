#!/usr/bin/env bash
# make messages: collect new sentences for zh_Hans and compile the translated ones.
source "$(dirname "$0")/env.sh"
command -v msgfmt >/dev/null || { echo "make messages needs gettext (Debian: apt-get install gettext)."; exit 1; }
install base
python=$PWD/.venv/bin/python
ignore=(--ignore '.venv/*' --ignore 'var/*' --ignore 'tests/*' --ignore 'benchmarks/*' --ignore '*/static/vendor/*' --ignore 'scripts/*')
# Line numbers would change the file with every commit and say nothing to a translator.
"$python" manage.py makemessages --locale zh_Hans --add-location file --no-obsolete "${ignore[@]}"
"$python" manage.py makemessages --locale zh_Hans --domain djangojs --add-location file --no-obsolete "${ignore[@]}"
exec "$python" manage.py compilemessages --locale zh_Hans --ignore '.venv/*' --ignore 'var/*'
