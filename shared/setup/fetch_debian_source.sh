#!/bin/sh
# Fetch one Debian source package, patched, through apt and unpack it into DEST.
#
#   fetch_debian_source.sh PACKAGE DEST [SUITE...]
#
# SUITES are tried in order; without any, the suite this machine runs. Nothing of the system's apt state is
# touched: a private sources list is derived from the machine's own, so the machine's mirror and its signing
# keyring are used and every file is checked against the signed index. PACKAGE=CHECKSUM pins the upstream
# tarball by SHA-256 (the Debian patches on top may grow). DEST is replaced as a whole, at the end.
set -eu

[ $# -ge 2 ] || { echo "usage: $0 PACKAGE[=SHA256] DEST [SUITE...]" >&2; exit 2; }
package=${1%%=*}
case $1 in *=*) pin=${1#*=} ;; *) pin= ;; esac
dest=$2
shift 2
. /etc/os-release
here=$VERSION_CODENAME
[ $# -gt 0 ] || set -- "$here"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM

# Write to $work the source entry that serves this machine, turned to deb-src and suite $1.
derive_list() {
    rm -f "$work/x.sources" "$work/x.list"
    # The security and updates pockets only exist for the machine's own suite.
    if [ "$1" = "$here" ]; then suites="$here $here-updates"; else suites=$1; fi
    for file in /etc/apt/sources.list.d/*.sources; do
        [ -f "$file" ] || continue
        awk -v RS= -v here="$here" -v suites="$suites" '
            $0 ~ ("(^|\n)Suites:([^\n]*[ \t])?" here "([ \t\n]|$)") && /(^|\n)Signed-By:/ {
                n = split($0, line, "\n")
                for (i = 1; i <= n; i++) {
                    if (line[i] ~ /^#/) continue
                    if (line[i] ~ /^Types:/) line[i] = "Types: deb-src"
                    if (line[i] ~ /^Suites:/) line[i] = "Suites: " suites
                    if (line[i] ~ /^Components:/) line[i] = "Components: main"
                    print line[i]
                }
                exit
            }' "$file" > "$work/x.sources"
        [ -s "$work/x.sources" ] && { list=$work/x.sources; return 0; }
    done
    for suite in $suites; do
        sed -nE "s#^deb(-src)?( \[[^]]*\])? ([^ ]+) $here .*#deb-src\2 \3 $suite main#p" \
            /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | head -n 1
    done > "$work/x.list"
    [ -s "$work/x.list" ] && { list=$work/x.list; return 0; }
    echo "no Debian archive entry for $here found in /etc/apt" >&2
    return 1
}

fetch_from() {
    rm -rf "$work/lists" "$work/cache" "$work/none" "$work/out"
    mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/none" "$work/out"
    derive_list "$1" || return 1
    set -- -o Dir::Etc::SourceList="$list" -o Dir::Etc::SourceParts="$work/none" \
        -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" \
        -o APT::Sandbox::User= -o Acquire::Languages=none -o Acquire::AllowInsecureRepositories=false
    apt-get "$@" -qq update || return 1
    (
        cd "$work/out" || exit 1
        apt-get "$@" -qq --download-only --only-source source "$package" || exit 1
        if [ -n "$pin" ]; then
            for tarball in "$package"_*.orig.tar.*; do
                case $tarball in *.asc) continue ;; esac
                echo "$pin  $tarball" | sha256sum -c --quiet - || exit 1
            done
        fi
        # --no-check skips only the uploader's signature; integrity came from the signed index.
        dpkg-source --no-check -x "$package"_*.dsc src > /dev/null
    )
}

for suite in "$@"; do
    echo "fetching the $package source from Debian $suite"
    if fetch_from "$suite" 2> "$work/log"; then
        version=$(dpkg-parsechangelog -l "$work/out/src/debian/changelog" -S Version)
        mkdir -p "$(dirname "$dest")"
        rm -rf "$dest"
        mv "$work/out/src" "$dest"
        echo "$package $version is in $dest"
        exit 0
    fi
    sed 's/^/  /' "$work/log" >&2
done
echo "could not fetch the source of $package from any of: $*" >&2
exit 1
