#!/bin/sh
# Run one libFuzzer target:  run_fuzz.sh TARGET DIRECTORY SECONDS SEEDS_COMMAND...
# SEEDS_COMMAND writes seeds into the directory given as its last argument. What was found is kept in DIRECTORY/corpus
# from run to run, a crashing input in DIRECTORY.
set -eu

target=$1
directory=$2
seconds=${TINCAN_FUZZ_SECONDS:-$3}
shift 3
rm -rf "$directory/seeds"
mkdir -p "$directory/seeds" "$directory/corpus"
"$@" "$directory/seeds"
exec "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 \
    -artifact_prefix="$directory/" "$directory/corpus" "$directory/seeds"
