#!/bin/sh
# Makes dist/waypost-VERSION-REVISION.tar.gz: the source as committed, the wheels of all locked
# dependencies for this kind of machine, and install.sh, which needs no network.
# Usage: bundle.sh UV [FOLDER]; BUNDLE_PYTHON chooses another Python than python3.
set -eu
cd "$(dirname "$0")/../../.."
uv=$1
dist=${2:-dist}
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' pyproject.toml | head -n 1)
revision=$(git rev-parse --short HEAD)
name=waypost-$version-$revision
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
into=$work/$name
mkdir -p "$into/wheels" "$dist"

git archive --prefix=source/ HEAD -- . ':!tests' ':!.ci' | tar -x -C "$into"
cp lms/ops/deploy/install.sh "$into/"
echo "$revision" > "$into/source/REVISION"

"$uv" venv --quiet --seed --python "${BUNDLE_PYTHON:-python3}" "$work/venv"
python=$work/venv/bin/python
"$python" -c 'import sys, sysconfig; print("%d.%d" % sys.version_info[:2], sysconfig.get_platform())' \
    > "$into/PYTHON"
"$uv" export --quiet --locked --no-dev --output-file "$work/requirements.txt" > /dev/null
"$python" -m pip wheel --quiet --disable-pip-version-check --no-deps \
    --requirement "$work/requirements.txt" --wheel-dir "$into/wheels"

(cd "$into" && find . -type f ! -name SHA256SUMS | LC_ALL=C sort | xargs -d '\n' sha256sum > SHA256SUMS)
# Fast rather than small: wheels are packed already.
tar -c -f - -C "$work" --owner 0 --group 0 "$name" | gzip -1 > "$dist/$name.tar.gz"
echo "$dist/$name.tar.gz"
