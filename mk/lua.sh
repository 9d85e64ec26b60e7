#!/bin/sh
# Finds an installed Lua, whose names differ between systems.
#   lua.sh bin 5.4       its interpreter
#   lua.sh cflags 5.4    the compiler flags that find its headers
#   lua.sh libs 5.4      the linker flags of a program that embeds it
#   lua.sh found         the installed Luas that have headers, one a line
# Exits with 1 and a message on stderr when there is none.
set -eu

pkg_config=${PKG_CONFIG:-pkg-config}

is() { # version interpreter
  case $1 in
    jit) [ "$("$2" -e 'print(jit ~= nil)' 2>/dev/null)" = true ] ;;
    *) [ "$("$2" -e 'print(jit == nil and _VERSION)' 2>/dev/null)" = "Lua $1" ] ;;
  esac
}

names() {
  case $1 in
    jit) echo "luajit lua" ;;
    *) echo "lua$1 lua-$1 lua$(echo "$1" | tr -d .) lua" ;;
  esac
}

bin() {
  for name in $(names "$1"); do
    if command -v "$name" >/dev/null 2>&1 && is "$1" "$name"; then
      command -v "$name"
      return
    fi
  done
  echo "Lua $1 is not installed. Run 'make deps LUA=$1'." >&2
  return 1
}

package() {
  if ! command -v "$pkg_config" >/dev/null 2>&1; then
    echo "pkg-config is not installed, by which the headers of Lua $1 are found. Run 'make deps LUA=$1'." >&2
    return 1
  fi
  for name in $(names "$1"); do
    version=$("$pkg_config" --modversion "$name" 2>/dev/null) || continue
    case $1:$name:$version in
      jit:luajit:* | "$1:$name:$1"*)
        echo "$name"
        return
        ;;
    esac
  done
  echo "The headers of Lua $1 are not installed. Run 'make deps LUA=$1'." >&2
  return 1
}

case ${1:-} in
  bin) bin "$2" ;;
  cflags | libs)
    name=$(package "$2")
    "$pkg_config" "--$1" "$name"
    ;;
  found)
    for lua in 5.1 5.2 5.3 5.4 jit; do
      if bin "$lua" >/dev/null 2>&1 && package "$lua" >/dev/null 2>&1; then echo "$lua"; fi
    done
    ;;
  *)
    echo "usage: lua.sh bin|cflags|libs LUA, or lua.sh found" >&2
    exit 2
    ;;
esac
