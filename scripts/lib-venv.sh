# Sourced by demo, test and bench: makes .venv in this checkout once, and again when what it is made
# from has changed. Use: ensure_venv EXTRAS   (for example: ensure_venv sandbox). Sets $VENV.

VENV="${READYGATE_VENV:-.venv}"

find_python() {
    local candidate
    for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11 python; do
        [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 || continue
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    echo "Python 3.11 or newer is needed and was not found. Install it, or name it: PYTHON=/path/to/python $0" >&2
    return 1
}

ensure_venv() {
    local extras="$1" python wanted stamp
    python="$(find_python)" || return 1
    wanted="$(cat pyproject.toml constraints.txt; printf '%s' "$PWD")"
    # A stamp names the extras that were installed with it; more of them than needed will do.
    for stamp in "$VENV"/.readygate-*"$extras"*; do
        if [ -x "$VENV/bin/readygate" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
            return
        fi
    done
    stamp="$VENV/.readygate-$extras"
    if [ -x "$VENV/bin/python" ] &&
        ! "$VENV/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        echo "$VENV was made with a Python older than 3.11. Remove it and run this again: rm -r $VENV" >&2
        return 1
    fi
    echo "Setting up $VENV (once; this takes a minute)…" >&2
    if [ ! -x "$VENV/bin/python" ] && ! "$python" -m venv "$VENV"; then
        echo "No virtual environment could be made. On Debian and Ubuntu: apt install python3-venv" >&2
        return 1
    fi
    "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check \
        --constraint constraints.txt --editable ".[$extras]" || {
        echo "The packages could not be installed, see above. Is there a network? Behind a proxy: HTTPS_PROXY=http://… $0" >&2
        return 1
    }
    printf '%s' "$wanted" >"$stamp"
}
