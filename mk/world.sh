#!/bin/sh
# Runs the scenes of spec/world in parallel, each in its own namespaces, with a real network, DNS
# and certificates. The last line is `N passed, N failed`. spec/world/world.lua describes scenes.
#
#   B=build            the build to test
#   LUAS="5.1 jit"     only these Luas; default: every Lua found. only 5.4 runs all scenes
#   SCENE="text"       only scenes whose file or name contains this text
#   JOBS=4             scenes that run at once; they mostly wait
#   OUT=folder         set by mk/test.sh: writes the counts there, and prints no last line
#
# When namespaces are not allowed it prints that. With CI set that is a failure, except in a chroot.
set -eu

cd "$(dirname "$0")/.."
root=$(pwd)
B=${B:-build}
JOBS=${JOBS:-4}
PATH=$PATH:/usr/sbin:/sbin # ip and dnsmasq may be there

# Succeeds when mounts below an unchanged / stay in their namespace. In a chroot only the first
# process sees the mount that / lies on.
stays_inside() {
  ! grep -q ' shared:' /proc/self/mountinfo && [ -r /proc/1/mountinfo ] && ! grep -q ' / / .* shared:' /proc/1/mountinfo
}

# Succeeds when / seems not to be that of the system: in a chroot it often is no mount.
in_chroot() {
  ! awk '$5 == "/" { found = 1 } END { exit !found }' /proc/self/mountinfo || { command -v ischroot && ischroot; } >/dev/null 2>&1
}

# Prints the options of unshare that work here, or nothing. A process namespace ends all processes
# of a scene. In a chroot only root may create one, without a user namespace.
namespaces() {
  for options in "--user --map-root-user" ""; do
    for propagation in private unchanged; do
      if [ "$propagation" = unchanged ] && { [ -n "$options" ] || ! stays_inside; }; then continue; fi
      all="$options --net --mount --propagation $propagation --pid --mount-proc --fork --kill-child"
      # shellcheck disable=SC2086 # a list
      if unshare $all sh -c 'mount -t tmpfs world /run && mkdir /run/netns && ip netns add client' >/dev/null 2>&1; then
        echo "$all"
        return
      fi
    done
  done
}

scene_job() { # lua file limit name
  lua=$1 file=$2 limit=$3
  shift 3
  id=$OUT/$lua-$(basename "$file" .lua)-$(echo "$*" | tr -c 'A-Za-z0-9\n' _)
  name="Lua $lua $file: $*"
  for v in $(env | sed -n 's/^\(HOMEY_[A-Za-z0-9_]*\|LUA_[A-Z]*PATH_[0-9_]*\|LUA_INIT[0-9_]*\)=.*/\1/p'); do unset "$v"; done
  unset LUA_PATH LUA_CPATH
  eval "$(B=$B sh mk/env.sh "$lua")"
  bin=$(sh mk/lua.sh bin "$lua")
  started=$(date +%s) code=0
  # shellcheck disable=SC2086 # a list
  WORLD_SCENE=$* WORLD_LIMIT=$limit HOMEY_TEST_LUA=$bin HOMEY_TEST_BUILD=$root/$B HOME=/run/world/home \
    timeout -s KILL $((limit + 10)) unshare $NAMESPACES sh spec/world/enter.sh "$bin" "$file" >"$id.log" 2>&1 </dev/null || code=$?
  [ "$code" != 0 ] || grep -qx 'scene over' "$id.log" || code="0, but the scene did not run"
  took=$(($(date +%s) - started))
  if [ "$code" = 0 ]; then
    echo "1 0 0" >"$id.sum"
    echo "ok $name ($took s)"
    return
  fi
  [ "$code" != 137 ] || echo "FAIL: stopped after $((limit + 10)) s" >>"$id.log"
  echo "0 1 0" >"$id.sum"
  {
    echo "FAIL $name ($took s)"
    tail -n 300 "$id.log" | sed 's/^/  | /'
  } >"$id.txt"
  cat "$id.txt"
  {
    echo "FAIL $name"
    grep -v '^stack traceback' "$id.log" | head -n 6 | sed 's/^/    /'
    echo "  again: make world LUAS=$lua SCENE=\"$*\""
  } >"$id.failed"
}

if [ "${1:-}" = job ]; then
  shift
  scene_job "$@"
  exit
fi

own=
if [ -z "${OUT:-}" ]; then
  OUT=$(mktemp -d "${TMPDIR:-/tmp}/homey-world.XXXXXX")
  own=$OUT
  trap 'rm -rf "$own"' EXIT
fi
mkdir -p "$OUT"
unset http_proxy https_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY
NAMESPACES=$(namespaces)
export OUT B NAMESPACES TERM=dumb NO_COLOR=1 LC_ALL=C.UTF-8

closing() {
  [ -n "$own" ] || return 0
  find "$OUT" -name '*.sum' -exec cat {} + | awk '{ p += $1; f += $2 }
    END {
      printf "%d passed, %d failed\n", p, f
      exit f > 0
    }'
}

if [ -z "$NAMESPACES" ]; then
  echo "spec/world not run: no namespaces" >"$OUT/not-run"
  [ -z "$own" ] || cat "$OUT/not-run"
  [ -z "${CI:-}" ] || in_chroot || echo "0 1 0" >"$OUT/not-run.sum"
  closing
  exit
fi

for lua in ${LUAS:-$(sh mk/lua.sh found)}; do
  for file in spec/world/*_scene.lua; do
    (unset WORLD_SCENE; eval "$(B=$B sh mk/env.sh "$lua")"; "$(sh mk/lua.sh bin "$lua")" "$file") >"$OUT/list" ||
      { echo "FAIL $file cannot be read" >&2; echo "0 1 0" >"$OUT/$lua-$(basename "$file").sum"; }
    awk -F '\t' -v lua="$lua" -v file="$file" -v text="${SCENE:-}" '
      ($1 == "every" || lua == "5.4") && index(file ": " $3, text) { print $2, lua, file, $2, $3 }' "$OUT/list"
  done
done | sort -rn | cut -d ' ' -f 2- >"$OUT/jobs" # long scenes first
sed "s/'/'\\\\''/g; s/^\(\S* \S* \S* \)\(.*\)\$/\1'\2'/" "$OUT/jobs" | xargs -r -L 1 -P "$JOBS" sh mk/world.sh job || echo "0 1 0" >"$OUT/runner.sum"
ls "$OUT"/*.sum >/dev/null 2>&1 || { echo "FAIL: no scene has run"; echo "0 1 0" >"$OUT/none.sum"; }
echo
[ -z "$own" ] || find "$OUT" -name '*.failed' | sort | while read -r file; do cat "$file"; done
closing
