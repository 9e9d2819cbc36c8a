# What the two commands install, and how. Sourced by server/run and tests/run (bash).
#
# Everything comes from Debian 12 through apt. A line is "package: why".

tincan_build_packages() {
    cat <<'LIST'
build-essential: the C compiler and its headers
cmake: configures the build
ninja-build: runs the build
pkg-config: finds libraries
dpkg-dev: unpacks the Debian sources of CivetWeb and cJSON
ca-certificates: fetches those sources where the archive is reached over https
libuv1-dev: the reactors' event loop
libssl-dev: TLS, signatures and random numbers
libsqlite3-dev: the embedded store
libpq-dev: the store in PostgreSQL
libargon2-dev: password hashes
libutf8proc-dev: normal forms of names, widths of characters in a terminal
emscripten: compiles the browser client to WebAssembly
terser: shrinks the browser client's glue
brotli: compresses the site once, at build time
LIST
}

tincan_test_packages() {
    cat <<'LIST'
python3: runs the tests
clang: compiles the fuzz targets
libclang-rt-14-dev: fuzzing and sanitizer run-time libraries
llvm: readable sanitizer stacks
clang-format: checks the layout of the C sources
libcmocka-dev: unit tests
libwslay-dev: a second WebSocket implementation to compare with
openssl: makes test certificates
postgresql: the other store
chromium: the first browser of the browser tests
firefox-esr: the second
webkit2gtk-driver: the third, WebKit, and what drives it
xvfb: a screen for it, as it has no other way to run without one
fonts-dejavu-core: something for it to draw text with
python3-socketio: a Socket.IO client in another language
python3-aiohttp: its asynchronous transports
python3-websocket: its WebSocket transport
python3-requests: its long-polling transport
tmux: the terminal of the full-screen client's tests
procps: finds processes a test left running
LIST
    # A node that is already here, whoever installed it, is used; its npm comes along or from Debian.
    if ! command -v node > /dev/null 2>&1; then
        echo "nodejs: runs socket.io's own server and clients"
    fi
    if ! command -v npm > /dev/null 2>&1; then
        echo "npm: installs them"
    fi
}

# Print the lines of the list on stdin whose package is not installed.
tincan_missing_packages() {
    local installed name why
    installed=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' 2> /dev/null | sed -n 's/^ii  *//p')
    while IFS=: read -r name why; do
        case $'\n'"$installed"$'\n' in
        *$'\n'"$name"$'\n'*) ;;
        *) printf '%s:%s\n' "$name" "$why" ;;
        esac
    done
}

# tincan_install LIST_FUNCTION STAMP: install what the list names and this machine lacks. The stamp remembers the list that
# was satisfied together with dpkg's state, so that nothing is asked again until either changes.
tincan_install() {
    local list=$1 stamp=$2 wanted missing names as_root=()
    if ! command -v apt-get > /dev/null 2>&1 || ! command -v dpkg-query > /dev/null 2>&1; then
        echo "This machine has no apt; the packages to install by other means are:" >&2
        "$list" | sed 's/^/    /' >&2
        echo "Going on without checking for them." >&2
        return 0
    fi
    wanted="$("$list") $(stat -c %Y /var/lib/dpkg/status 2> /dev/null)"
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
        return 0
    fi
    missing=$("$list" | tincan_missing_packages)
    if [ -n "$missing" ]; then
        names=$(printf '%s\n' "$missing" | cut -d: -f1 | tr '\n' ' ')
        echo "Installing from Debian, because they are missing:"
        printf '%s\n' "$missing" | sed 's/^/    /'
        if [ "$(id -u)" != 0 ]; then
            if ! command -v sudo > /dev/null 2>&1; then
                echo "That needs root, and there is no sudo. As root, run:" >&2
                echo "    apt-get update && apt-get install --no-install-recommends $names" >&2
                echo "and then this command again." >&2
                return 1
            fi
            as_root=(sudo)
        fi
        # shellcheck disable=SC2086 # names is a list
        if ! { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 update &&
            "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 -y \
                -o Dpkg::Options::=--force-confold install --no-install-recommends $names; }; then
            echo "apt-get could not install: $names" >&2
            echo "Its messages above say why; mend that and run this command again." >&2
            return 1
        fi
    fi
    mkdir -p "$(dirname "$stamp")"
    printf '%s' "$("$list") $(stat -c %Y /var/lib/dpkg/status 2> /dev/null)" > "$stamp"
}
