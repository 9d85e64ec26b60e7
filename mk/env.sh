#!/bin/sh
# Prints the environment of this checkout, for eval "$(make -s env)". It may be evaluated again,
# also for another Lua, which then replaces the first.
#   env.sh [LUA]
set -eu

cd "$(dirname "$0")/.."
root=$(pwd)
lua=${1:-5.4}
case $lua in jit) abi=5.1 ;; *) abi=$lua ;; esac

quoted() { printf "'%s'" "$(printf %s "$1" | sed "s/'/'\\\\''/g")"; }

# path list separator: the path, then the entries of the list that are not in this checkout.
prefixed() {
  printf %s "$2" | awk -v ours="$1" -v root="$root/" -v between="$3" '
    { n = split($0, entry, between) }
    END {
      out = ours
      for (i = 1; i <= n; i++) if (index(entry[i], root) != 1) out = out between entry[i]
      print out
    }'
}

# lua-http and other modules in plain Lua run on every version, but Debian installs them for 5.1
# only.
elsewhere=
case $lua in
  5.3 | 5.4)
    if [ -e /usr/share/lua/5.1/http/server.lua ]; then
      elsewhere='/usr/share/lua/5.1/?.lua;/usr/share/lua/5.1/?/init.lua'
    fi
    ;;
esac
for name in LUA_PATH LUA_CPATH; do
  case $name in
    LUA_PATH) ours="$root/lua/?.lua;$root/lua/?/init.lua" ;;
    LUA_CPATH) ours="$root/${B:-build}/$lua/?.so" elsewhere= ;;
  esac
  versioned=${name}_$(echo "$abi" | tr . _) # takes precedence when it is set
  for variable in "$name" "$versioned"; do
    eval "old=\${$variable-unset}"
    [ "$variable:$old" != "$versioned:unset" ] || continue
    [ "$old" != unset ] || old=";;"
    case $old in *\;\;*) ;; *) old="${old%;};;" ;; esac # keeps the default path
    case $old in *"$elsewhere") ;; *\;) old="$old$elsewhere" ;; *) old="$old;$elsewhere" ;; esac
    printf 'export %s=' "$variable"
    # `;;` is the default path: an empty entry, which survives splitting and joining.
    quoted "$(prefixed "$ours" "${old#;}" ';')"
    echo
  done
done
if [ ! -e "${B:-build}/$lua/homey/core.so" ]; then
  echo "homey is not built for Lua $lua yet: run 'make$([ "$lua" = 5.4 ] || echo " LUA=$lua")' first." >&2
fi
printf 'export PATH='
quoted "$(prefixed "$root/bin" "$PATH" ':')"
echo
# The interpreter that bin/homey uses.
if bin=$(sh mk/lua.sh bin "$lua" 2>/dev/null); then
  printf 'export HOMEY_LUA='
  quoted "$bin"
  echo
fi
