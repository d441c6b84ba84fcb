#!/bin/sh
# Make .venv, which holds everything this project needs; `make venv` calls this.
#
#   PYTHON   the interpreter for a new .venv; with ASKED=1 a .venv of another one is made anew
#   UV       the uv that installs in place of pip; pip does where it is empty or not there
#
# What a machine can lack is one line that says the way out.  The stamp is written last, so a
# .venv without it is half made: a failure removes it, and the next run makes it anew.
set -u

VENV=.venv
STAMP=$VENV/.installed
ROOM=1300 # megabytes: .venv has 900, and what is unpacked on the way takes the rest

fail() {
    echo "error: $*" >&2
    exit 1
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

which_python() { # its version, and the folder it was installed in
    "$1" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3], sys.base_prefix)' 2>/dev/null
}

new_python() { # name an interpreter that would do
    for name in python3 python3.14 python3.13 python3.12; do
        if is_new_enough "$name"; then break; fi
    done
    echo "$name"
}

check_machine() {
    is_new_enough "$PYTHON" ||
        fail "'$PYTHON' is not Python 3.11 or newer; try: make PYTHON=$(new_python) venv"
    "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "'$PYTHON' lacks the venv module; on Debian: apt-get install python3-venv"
    if [ ! -w . ] || { [ -e $VENV ] && [ ! -w $VENV ]; }; then
        fail "no permission to write $PWD/$VENV; work in a clone of your own"
    fi
    free=$(df -Pk . | awk 'NR == 2 { print int($4 / 1024) }')
    if [ ! -e $STAMP ] && [ "$free" -lt $ROOM ]; then
        fail "$PWD has $free MB free, and .venv takes $ROOM:" \
            "make room, or clone to another disk"
    fi
}

is_whole() { # made to its end, in this folder, by an interpreter that is still the same
    [ -e $STAMP ] || return 1
    runs=$(which_python $VENV/bin/python) || return 1
    made_by=$(sed -n 's/^version = //p' $VENV/pyvenv.cfg)
    made_as=$(sed -n 's/^command = .* -m venv \(--[a-z-]* \)*//p' $VENV/pyvenv.cfg)
    [ "$made_by" = "${runs%% *}" ] || return 1
    [ "$made_as" = "$(pwd -P)/$VENV" ] || return 1
    [ -z "${ASKED:-}" ] || [ "$runs" = "$(which_python "$PYTHON")" ]
}

is_current() { # installed from the lists that lie here
    ! [ requirements.txt -nt $STAMP ] && ! [ pyproject.toml -nt $STAMP ]
}

say_why() { # turn the words of an installer into one line
    case $(cat "$1") in
    *"No space left"* | *"Errno 28"* | *"os error 28"* | *"File too large"* | *"os error 27"*)
        echo "the disk is full; .venv takes $ROOM MB: make room, then make venv again" ;;
    *"DO NOT MATCH THE HASHES"* | *"Hash mismatch"*)
        echo "a package is not the one that requirements.txt names, and was not installed:" \
            "empty the cache of pip or uv; if it stays, ask the keeper of your package index" ;;
    *"Permission denied"* | *"Read-only file system"*)
        echo "no permission to write; look at the owner of $PWD and of the cache in ~/.cache" ;;
    *"certificate verify failed"* | *UnknownIssuer*)
        echo "the certificate of the package index is not trusted here: if your network has a CA of" \
            "its own, set SSL_CERT_FILE to its file, then make venv again" ;;
    *onnection* | *"from versions: none"* | *"name resolution"* | *unreachable* | \
        *"timed out"* | *"error sending request"*)
        echo "no package index answers: connect, or tell pip of one that you reach (pip config)," \
            "then make venv again" ;;
    *"must have their versions pinned"*)
        echo "this pip is too old for requirements.txt: take a newer Python" \
            "(make PYTHON=$(new_python) venv), or install uv, then make venv again" ;;
    *"No matching distribution"*)
        echo "the package index lacks a package:" \
            "$(grep -o -m 1 'No matching distribution.*' "$1")" ;;
    *)
        tail -n 15 "$1" >&2
        echo "the installer failed with the words above; rm -r $VENV, then make venv again" ;;
    esac
}

clean_up() {
    rm -f "$words"
    if [ "$anew" ] && [ ! -e $STAMP ]; then rm -rf $VENV; fi
}

run() { # one step, silent where it succeeds
    "$@" >"$words" 2>&1 || fail "$(say_why "$words")"
}

install() {
    # Like pip, let uv trust what the system trusts: some networks have a CA of their own.
    if [ "${UV:-}" ] && command -v "$UV" >/dev/null; then
        run env UV_SYSTEM_CERTS=1 "$UV" pip install --python $VENV/bin/python "$@"
    else
        run $VENV/bin/python -m pip install --disable-pip-version-check "$@"
    fi
}

if is_whole && is_current; then exit 0; fi
check_machine
anew=
words=$(mktemp 2>/dev/null) ||
    fail "${TMPDIR:-/tmp} cannot be written: set TMPDIR to a folder that can"
trap clean_up EXIT
trap 'exit 130' INT TERM
if ! is_whole; then
    anew=yes
    run "$PYTHON" -m venv --clear --without-pip $VENV
    run $VENV/bin/python -m ensurepip --default-pip # venv would keep quiet about why this fails
fi
rm -f $STAMP
echo "installing $(grep -c '==' requirements.txt) packages into $VENV: half a minute"
install --require-hashes --requirement requirements.txt
install --no-deps --no-build-isolation --no-index --editable .
touch $STAMP
