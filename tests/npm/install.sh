#!/bin/sh
# Install the tools in JavaScript beside this script, each checked against its digest in the
# lock; `make npm` calls this.  Without npm, what needs them is skipped.
set -u

STAMP=node_modules/.installed

cd "$(dirname "$0")" || exit 1
if [ $STAMP -nt package-lock.json ] && [ $STAMP -nt package.json ]; then exit 0; fi
if ! command -v npm >/dev/null; then
    echo "npm is not here: what needs its tools is skipped; on Debian: apt-get install npm"
    exit 0
fi
words=$(mktemp) || exit 1
trap 'rm -f "$words"' EXIT
trap 'exit 130' INT TERM
rm -f $STAMP
echo "installing the npm packages of tests/npm: some seconds"
if ! npm ci --ignore-scripts --no-audit --no-fund >"$words" 2>&1; then
    grep -v 'complete log' "$words" | tail -n 5 >&2
    echo "error: npm failed with the words above: connect, or tell npm of a registry that you" \
        "reach (npm config), then make npm again" >&2
    exit 1
fi
touch $STAMP
