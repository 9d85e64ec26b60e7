#!/bin/bash
# Counts the instructions of a set and of an event under callgrind, against the simulated hub over plain HTTP.
#   bench/instructions.sh [check|files|set|journal|socket|silent|event|unwanted|first|sources|curl|floor]...   everything where nothing is named
# It needs valgrind, and for Lua 5.4 cqueues. The figures do not depend on what else the machine does.
set -euo pipefail

cd "$(dirname "$0")/.."
[ -e "${B:-build}/5.4/homey/core.so" ] || make -s module
eval "$(make -s env)"

for program in lua5.4 valgrind "${CC:-cc}"; do
  command -v "$program" >/dev/null || {
    echo "instructions.sh: $program is missing" >&2
    exit 1
  }
done

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
# shellcheck disable=SC2046 # flags
"${CC:-cc}" -std=c11 -D_GNU_SOURCE -O2 -o "$dir/floor" bench/floor.c $(pkg-config --cflags --libs libcurl)
lua5.4 bench/instructions.lua "$dir" "$@"
