#!/bin/sh
# Checks the rock for each Lua found, without a network: makes and packs it, installs the packed
# rock into an empty tree, and requires it from there. The Luas run in parallel, each with a copy of
# the sources. Each step is counted as a test; the last line is `N passed, N failed`.
set -eu

cd "$(dirname "$0")/.."
root=$(pwd)
rockspec=rockspec/homey-scm-1.rockspec
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/home" "$tmp/none"
unset LUA_PATH LUA_CPATH MAKEFLAGS MFLAGS MAKELEVEL CURL_INCDIR
export HOME="$tmp/home" LC_ALL=C.UTF-8

step() { # description command...
  what=$1
  shift
  if "$@" >"$work/log" 2>&1; then
    echo "ok $what"
  else
    echo "FAIL $what: $*"
    tail -n 30 "$work/log" | sed 's/^/  | /'
  fi
}

# Copies the checkout, since luarocks writes its objects beside the sources.
copy() {
  mkdir -p "$work/copy"
  # shellcheck disable=SC2016
  git ls-files -co --exclude-standard -z | xargs -0 sh -c 'for f; do [ ! -e "$f" ] || printf "%s\0" "$f"; done' files |
    xargs -0 tar -cf - | tar -xf - -C "$work/copy"
}

# luarocks, without the configuration of the user and without a server.
rocks() { (cd "$work/copy" && luarocks --only-server="file://$tmp/none" "$@"); }

# Loads homey as a user does: with the paths of `luarocks path`, and nothing of this checkout.
required() { # lua tree
  (cd "$tmp/home" && eval "$(luarocks --lua-version="$abi" --tree="$2" path)" &&
    bin=$(sh "$root/mk/lua.sh" bin "$1") &&
    TREE=$2/ "$bin" -e 'assert(require "homey") assert(require "homey.core".version) assert(require "homey.system".poll)
      local searchpath = package.searchpath
      assert(not searchpath or searchpath("homey", package.path):find(os.getenv "TREE", 1, true), "from elsewhere")') </dev/null
}

commanded() { # tree
  (cd "$tmp/home" && "$1/bin/homey" --version | grep -x "homey [0-9.]*") </dev/null
}

packed() { # tree: writes the binary rock to the current folder
  rm -f "$work/copy"/*.rock
  rocks --lua-version="$abi" --tree="$1" pack homey
}

# Exported symbols must have our prefix: luarocks passes no flag that hides them.
unresolved() { # module lua
  nm -D --defined-only "$1" | awk '$NF !~ /^(homey_|hy_|luaopen_homey_)/ { print "leaked:", $NF; bad = 1 } END { exit bad }' &&
    (cd "$root" && { sh mk/symbols.sh "$1" "$2" || true; } | grep -A 99 'wants names\|is linked with' && exit 1 || exit 0)
}

rock_of() { # lua
  abi=$1 made=$work/made installed=$work/installed
  step "Lua $1: luarocks make" rocks --lua-version="$abi" --tree="$made" make "$rockspec"
  step "Lua $1: luarocks pack" packed "$made"
  step "Lua $1: luarocks install of the packed rock" rocks --lua-version="$abi" --tree="$installed" install "$(
    ls "$work/copy"/homey-*.rock 2>/dev/null || echo none)"
  for name in core system; do
    step "Lua $1: symbols of the rock's $name" unresolved "$installed/lib/lua/$abi/homey/$name.so" "$1"
  done
  step "Lua $1: the rock's command" commanded "$installed"
  step "Lua $1: require from the rock" required "$1" "$installed"
  if [ "$1" = 5.1 ] && echo "$luas" | grep -q jit; then step "Lua jit: require from the rock" required jit "$installed"; fi
}

# A source rock of a commit of the copy, as `luarocks install homey` fetches it.
source_rock() {
  (cd "$work/copy" && git init -q . && git add -A &&
    git -c user.name=homey -c user.email=homey@localhost commit -q -m homey) >/dev/null 2>&1
  sed -e "s|git+https://[^\"]*|git+file://$work/copy|" -e '/branch = /d' "$root/$rockspec" >"$work/homey-scm-1.rockspec"
  step "luarocks pack of a source rock" rocks --lua-version=5.4 pack "$work/homey-scm-1.rockspec"
  step "luarocks install of the source rock" rocks --lua-version=5.4 --tree="$work/source" install "$(
    ls "$work/copy"/*.src.rock 2>/dev/null || echo none)"
}

lint() {
  for file in "$root"/rockspec/*.rockspec; do step "luarocks lint $(basename "$file")" rocks lint "$file"; done
}

beside() { # name command...: runs in the background; its output goes to a file
  job=$1 work=$tmp/$1
  shift
  copy
  { "$@" || echo "FAIL $job: it ended early"; } >"$work/said" 2>&1 &
}

luas=$(sh mk/lua.sh found)
beside lint lint
for lua in $luas; do
  [ "$lua" = jit ] || beside "$lua" rock_of "$lua"
done
if luarocks --lua-version=5.4 --version >/dev/null 2>&1; then beside source source_rock; fi
wait
cat "$tmp"/*/said | tee "$tmp/said"
passed=$(grep -c '^ok ' "$tmp/said" || true) failed=$(grep -vc '^ok \|^  | ' "$tmp/said" || true)
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
