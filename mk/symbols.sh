#!/bin/sh
# Checks the symbols of built files: each Lua module exports only luaopen_homey_NAME, and imports
# only what its Lua and its libraries have, and is bound at once (see src/loader/loader.c);
# libhomey.so exports what homey.h declares.
#   symbols.sh [NAME.so LUA]...    default: all in B=build
# Prints wrong names, and exits with 1. Prints the stripped size, which may be MAX_SIZE=256000
# bytes.
set -eu

cd "$(dirname "$0")/.."
B=${B:-build}
MAX_SIZE=${MAX_SIZE:-256000}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
bad=0

complain() {
  bad=1
  echo "$1:"
  sed 's/^/    /' "$2"
}

defined() { nm -D --defined-only "$1" | awk '{ sub(/@.*/, "", $NF); print $NF }' | sort -u; }
undefined() { nm -D --undefined-only "$1" | awk '$1 == "U" { sub(/@.*/, "", $NF); print $NF }' | sort -u; }
needed() { LC_ALL=C objdump -p "$1" | awk '$1 == "NEEDED" { print $2 }'; }
libraries() { # paths of its direct libraries
  needed "$1" >"$tmp/needed"
  ldd "$1" | awk 'NR == FNR { wanted[$1]; next } $1 in wanted && $2 == "=>" { print $3 }' "$tmp/needed" -
}

# The only libraries that our files may name. A distribution may link more into these.
known='^(libc|libm|libcurl(-gnutls)?|libcjson|libwslay|libcrypto|libssl|libpthread|ld-linux.*|libgcc_s)\.(so|musl).*'

same_for_both() { # file
  needed "$1" | grep -Ev "$known" >"$tmp/strange" || true
  [ ! -s "$tmp/strange" ] || complain "$1 is linked with" "$tmp/strange"
}

module() { # NAME.so lua
  door=luaopen_homey_$(basename "$1" .so)
  defined "$1" | grep -vx "$door" >"$tmp/leaked" || true
  [ ! -s "$tmp/leaked" ] || complain "$1 exports names that it must hide" "$tmp/leaked"
  defined "$1" | grep -qx "$door" || { bad=1 && echo "$1 has no $door"; }
  bin=$(sh mk/lua.sh bin "$2")
  for file in "$bin" $(libraries "$bin") $(libraries "$1"); do defined "$file"; done | sort -u >"$tmp/here"
  undefined "$1" | comm -23 - "$tmp/here" >"$tmp/missing"
  [ ! -s "$tmp/missing" ] || complain "$1 imports names that neither Lua $2 nor its libraries have" "$tmp/missing"
  same_for_both "$1"
  LC_ALL=C readelf -d "$1" | grep -q BIND_NOW || { bad=1 && echo "$1 is not linked with -z now"; }
  strip -o "$tmp/stripped" "$1"
  size=$(wc -c <"$tmp/stripped")
  echo "$1: $size bytes stripped"
  [ "$size" -le "$MAX_SIZE" ] || { bad=1 && echo "$1 is larger than $MAX_SIZE bytes"; }
}

library() { # libhomey.so
  grep -v '^#' src/core/homey.h | tr '\n' ' ' | grep -o 'HOMEY_API [^;]*;' |
    sed -E 's/\(.*//; s/\[.*//; s/;.*//; s/.*[ *]//' | grep '^homey_' | sort -u >"$tmp/declared"
  defined "$1" >"$tmp/shown"
  comm -13 "$tmp/declared" "$tmp/shown" >"$tmp/leaked"
  comm -23 "$tmp/declared" "$tmp/shown" >"$tmp/absent"
  [ ! -s "$tmp/leaked" ] || complain "$1 exports names that homey.h does not declare" "$tmp/leaked"
  [ ! -s "$tmp/absent" ] || complain "$1 lacks what homey.h declares" "$tmp/absent"
  same_for_both "$1"
  echo "$1: $(wc -l <"$tmp/shown") names"
}

if [ $# -gt 0 ]; then
  while [ $# -gt 1 ]; do
    module "$1" "$2"
    shift 2
  done
else
  for lua in 5.1 5.2 5.3 5.4 jit; do
    for file in "$B/$lua/homey"/*.so; do
      [ ! -e "$file" ] || module "$file" "$lua"
    done
  done
  library "$B/libhomey.so"
fi
exit $bad
