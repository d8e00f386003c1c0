#!/bin/sh
# Installs Waypost from this folder, or a newer Waypost over an older one; needs no network.
# Usage: sh install.sh [FOLDER] [PYTHON]; without them /opt/waypost and python3.
set -eu
target=${1:-/opt/waypost}
python=${2:-python3}
cd "$(dirname "$0")"
here=$PWD

sha256sum --check --quiet SHA256SUMS
read -r version platform < PYTHON
found=$("$python" -c 'import sys, sysconfig; print("%d.%d" % sys.version_info[:2], sysconfig.get_platform())')
if [ "$found" != "$version $platform" ]; then
    echo "This bundle is for Python $version on $platform; $python is $found." >&2
    exit 1
fi
if [ -e "$target" ] && [ -n "$(ls -A "$target")" ] && [ ! -e "$target/lms/ops/deploy/install.sh" ]; then
    echo "$target is not empty and holds no Waypost." >&2
    exit 1
fi

mkdir -p "$target"
cd "$target"
rm -rf .venv static lms courses quizzes certificates templates
cp -R "$here/source/." .
"$python" -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-index --no-deps "$here"/wheels/*.whl
.venv/bin/python -m pip check --disable-pip-version-check

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export DATA_DIR="$work" STATIC_ROOT="$target/static" SECRET_KEY=install
unset DATABASE_URL REDIS_URL
.venv/bin/python manage.py compile_messages > /dev/null
.venv/bin/python manage.py collectstatic --no-input --verbosity 0
.venv/bin/python -m compileall -q lms courses quizzes certificates
chmod -R u=rwX,go=rX .
echo "Waypost is in $target. What follows: lms/docs/administrators.md"
