#!/bin/sh
# manage.py with the settings of the services: sudo -u waypost sh manage.sh COMMAND …
set -eu
set -a
. "${WAYPOST_ENV:-/etc/waypost/waypost.env}"
set +a
cd "$(dirname "$0")/../../.."
exec .venv/bin/python manage.py "$@"
