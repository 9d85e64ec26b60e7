#!/bin/sh
# The rock, for each Lua found, without a network: made, packed, the packed one installed into an empty tree, and
# required from there. Each step counts; closes with one line: N passed, N failed.
set -eu

cd "$(dirname "$0")/.."
root=$(pwd)
rockspec=rockspec/homey-scm-1.rockspec
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
passed=0 failed=0

step() { # what it is, command...
  what=$1
  shift
  if "$@" >"$tmp/log" 2>&1; then
    passed=$((passed + 1))
    echo "ok $what"
  else
    failed=$((failed + 1))
    echo "FAIL $what: $*"
    tail -n 30 "$tmp/log" | sed 's/^/  | /'
  fi
}

# luarocks works in a copy of what is in git or could be (it leaves objects beside the sources), sees no configuration
# but its own, and any look at a server fails.
mkdir "$tmp/copy" "$tmp/home" "$tmp/none"
# shellcheck disable=SC2016
git ls-files -co --exclude-standard -z | xargs -0 sh -c 'for f; do [ ! -e "$f" ] || printf "%s\0" "$f"; done' files |
  xargs -0 tar -cf - | tar -xf - -C "$tmp/copy"
unset LUA_PATH LUA_CPATH MAKEFLAGS MFLAGS MAKELEVEL CURL_INCDIR
export HOME="$tmp/home" LC_ALL=C.UTF-8

rocks() { (cd "$tmp/copy" && luarocks --only-server="file://$tmp/none" "$@"); }

# As a user would: only what `luarocks path` says, and none of this checkout.
required() { # lua tree
  (cd "$tmp/home" && eval "$(luarocks --lua-version="$abi" --tree="$2" path)" &&
    bin=$(sh "$root/mk/lua.sh" bin "$1") &&
    TREE=$2/ "$bin" -e 'assert(require "homey") assert(require "homey.core".version) assert(require "homey.system".poll)
      local searchpath = package.searchpath
      assert(not searchpath or searchpath("homey", package.path):find(os.getenv "TREE", 1, true), "from elsewhere")') </dev/null
}

commanded() { (cd "$tmp/home" && "$1/bin/homey" --version | grep -x "homey [0-9.]*") </dev/null; } # tree

packed() { # the binary rock lands in the folder where luarocks runs
  rm -f "$tmp/copy"/*.rock
  rocks --lua-version="$abi" --tree="$1" pack homey
}

# Its own symbols may be seen by who looks (luarocks gives no flag that hides them); they must at least bear our name.
unresolved() { # NAME.so lua
  nm -D --defined-only "$1" | awk '$NF !~ /^(homey_|hy_|luaopen_homey_)/ { print "leaked:", $NF; bad = 1 } END { exit bad }' &&
    (cd "$root" && { sh mk/symbols.sh "$1" "$2" || true; } | grep -A 99 'wants names\|is linked with' && exit 1 || exit 0)
}

for file in "$root"/rockspec/*.rockspec; do step "luarocks lint $(basename "$file")" rocks lint "$file"; done

for lua in $(sh mk/lua.sh found); do
  abi=$lua
  [ "$lua" != jit ] || abi=5.1
  made=$tmp/made-$abi installed=$tmp/installed-$abi
  if [ "$lua" != jit ]; then
    step "Lua $lua: luarocks make" rocks --lua-version="$abi" --tree="$made" make "$rockspec"
    step "Lua $lua: luarocks pack" packed "$made"
    step "Lua $lua: luarocks install of the packed rock" rocks --lua-version="$abi" --tree="$installed" install "$(
      ls "$tmp/copy"/homey-*.rock 2>/dev/null || echo none)"
    for name in core system; do
      step "Lua $lua: symbols of the rock's $name" unresolved "$installed/lib/lua/$abi/homey/$name.so" "$lua"
    done
    step "Lua $lua: the rock's command" commanded "$installed"
  fi
  step "Lua $lua: require from the rock" required "$lua" "$installed"
done

# A source rock: from a commit of the copy, as `luarocks install homey` would get it.
if luarocks --lua-version=5.4 --version >/dev/null 2>&1; then
  (cd "$tmp/copy" && git init -q . && git add -A &&
    git -c user.name=homey -c user.email=homey@localhost commit -q -m homey) >/dev/null 2>&1
  sed -e "s|git+https://[^\"]*|git+file://$tmp/copy|" -e '/branch = /d' "$root/$rockspec" >"$tmp/homey-scm-1.rockspec"
  (cd "$tmp/copy" && rm -f ./*.rock)
  step "luarocks pack of a source rock" rocks --lua-version=5.4 pack "$tmp/homey-scm-1.rockspec"
  step "luarocks install of the source rock" rocks --lua-version=5.4 --tree="$tmp/source" install "$(
    ls "$tmp/copy"/*.src.rock 2>/dev/null || echo none)"
fi

echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
