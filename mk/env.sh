#!/bin/sh
# Prints what a shell evaluates to use this checkout in place: eval "$(make -s env)". Twice does no harm, and
# another Lua takes the place of the one before.   env.sh [LUA]
set -eu

cd "$(dirname "$0")/.."
root=$(pwd)
lua=${1:-5.4}
case $lua in jit) abi=5.1 ;; *) abi=$lua ;; esac

quoted() { printf "'%s'" "$(printf %s "$1" | sed "s/'/'\\\\''/g")"; }

# $2 without the entries between $3s that lie in this checkout, $1 before them.
prefixed() {
  printf %s "$2" | awk -v ours="$1" -v root="$root/" -v between="$3" '
    { n = split($0, entry, between) }
    END {
      out = ours
      for (i = 1; i <= n; i++) if (index(entry[i], root) != 1) out = out between entry[i]
      print out
    }'
}

# lua-http and others are plain Lua and run on every version, but Debian files them under 5.1 only.
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
  versioned=${name}_$(echo "$abi" | tr . _) # Lua prefers this one where it is set
  for variable in "$name" "$versioned"; do
    eval "old=\${$variable-unset}"
    [ "$variable:$old" != "$versioned:unset" ] || continue
    [ "$old" != unset ] || old=";;"
    case $old in *\;\;*) ;; *) old="${old%;};;" ;; esac # or the modules of the system are not found
    case $old in *"$elsewhere") ;; *\;) old="$old$elsewhere" ;; *) old="$old;$elsewhere" ;; esac
    printf 'export %s=' "$variable"
    # `;;` stands for the default path: an empty entry, which splitting and joining keeps.
    quoted "$(prefixed "$ours" "${old#;}" ';')"
    echo
  done
done
printf 'export PATH='
quoted "$(prefixed "$root/bin" "$PATH" ':')"
echo
# With which bin/homey runs itself.
if bin=$(sh mk/lua.sh bin "$lua" 2>/dev/null); then
  printf 'export HOMEY_LUA='
  quoted "$bin"
  echo
fi
