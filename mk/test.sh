#!/bin/sh
# Test runner: every spec on every Lua, and every C test. The last line is `N passed, N failed`. The
# failures are repeated before it, each with the command that runs its file alone.
#
#   B=build            the build to test: B/<lua>/homey/core.so, B/ctest/*
#   LUAS="5.1 jit"     only these Luas; default: every Lua found
#   SPEC="spec/time spec/c/x_test.c ..."   only these files and folders; C_TESTS=1: and all C tests
#   LIMIT=300          seconds after which a spec file counts as hanging, and has failed
#   JOBS=4             files that run at once; they wait about as long as they compute
#   RUN="valgrind ..." command before each interpreter and each C test
#   SLOW=1             factor by which that command slows them down; specs read HOMEY_TEST_SLOW
#   ORACLE=1           factor for the size of the comparisons in spec/oracle
#   EACH=1             prints the result of each test
#   BUILD_FAILED=1     the build has failed: counts as one failure
#   AGAIN="make test SPEC=%spec LUAS=%lua"   command that runs a failed file again
#
# A spec file with the words "on one Lua" in its header comment tests what no Lua has a part in: the C
# core, the simulator, other programs. Of several Luas it runs on the newest, or on all with SPEC=.
#
# Each spec file runs in its own process with its own HOME, without the caller's HOMEY_* variables
# and proxies. HOMEY_TEST_LUA is its interpreter, HOMEY_TEST_BUILD the folder of the build.
set -eu

cd "$(dirname "$0")/.."
root=$(pwd)
B=${B:-build}
LIMIT=${LIMIT:-300}
JOBS=${JOBS:-4}
RUN=${RUN:-}
SLOW=${SLOW:-1}
ORACLE=${ORACLE:-1}
AGAIN=${AGAIN:-make test SPEC=%spec LUAS=%lua}

# Counts the events of a file in $tally, and prints the sum, and on failure the output in $log.
report() { # name exit-code started file lua
  took=$(($(date +%s) - $3))
  passed=$(grep -c '^ok' "$tally" || true)
  failed=$(grep -c '^fail' "$tally" || true)
  skipped=$(grep -c '^skip' "$tally" || true)
  trouble=
  if [ "$2" = 124 ] || [ "$2" = 137 ]; then
    trouble="stopped after $LIMIT s$(sed -n 's/^start /, in: /p' "$tally" | tail -n 1)"
  elif [ "$2" != 0 ] && [ "$failed" = 0 ]; then
    trouble="exit code $2$(sed -n 's/^start /, last in: /p' "$tally" | tail -n 1)"
  elif [ "$2" = 0 ] && ! grep -q '^end' "$tally"; then
    trouble="ended early$(sed -n 's/^start /, in: /p' "$tally" | tail -n 1)"
  elif [ "$((passed + failed + skipped))" = 0 ]; then
    trouble="holds no test"
  elif [ -n "${left:-}" ]; then
    trouble="left processes behind: $left"
  fi
  [ -z "$trouble" ] || failed=$((failed + 1))
  echo "$passed $failed $skipped" >"$tally.sum"
  {
    echo "$1: $passed passed, $failed failed$([ "$skipped" = 0 ] || echo ", $skipped skipped") (${took} s)"
    if [ "$failed" != 0 ]; then
      [ -z "$trouble" ] || echo "FAIL $1: $trouble"
      tail -n 400 "$log" | sed 's/^/  | /'
    fi
  } >"$tally.txt"
  if [ "$failed" != 0 ]; then repeat "$1" "$4" "$5" >"$tally.failed"; fi
  [ -z "${EACH:-}" ] || awk '/^start / { name = substr($0, 7) } /^(ok|fail|skip)$/ { print "  " $0 " " name }' "$tally"
  cat "$tally.txt"
}

# The failures of a file in short, for the end of the run: the first lines of each, and the command
# that runs the file alone.
repeat() { # name file lua
  echo "$1:"
  [ -z "$trouble" ] || echo "  FAIL $trouble"
  {
    awk '/^FAIL |^not ok / { left = 12; print; next } /^(    |# )/ && left-- > 0 { print; next } { left = 0 }' "$log"
    [ -z "$trouble" ] || tail -n 12 "$log" # the end of the output
  } | head -n 60 | grep '[^ ]' | sed 's/^/  /'
  if [ "$3" = C ]; then again=$(echo "$AGAIN" | sed 's/ [A-Z_]*=%lua//'); else again=$AGAIN; fi
  echo "  again: $(echo "$again" | sed "s|%spec|$2|; s|%lua|$3|")"
}

# Processes of a spec that outlive it, found by its TALLY in their environment (Linux). They get
# some seconds, since a simulator ends when its parent has ended; then they are killed and printed.
left_behind() {
  waited=0
  while
    left=$(grep -lsF "TALLY=$tally" /proc/[0-9]*/environ | sed 's|/proc/\([0-9]*\)/.*|\1|' | tr '\n' ' ')
    [ -n "$left" ] && [ "$waited" -lt "$((10 * SLOW))" ]
  do
    sleep 1
    waited=$((waited + 1))
  done
  # shellcheck disable=SC2086 # a list
  for pid in $left; do # without ps, which minimal systems lack
    { echo "$(tr '\0' ' ' <"/proc/$pid/cmdline" | sed 's/ *$//')" && kill -9 "$pid"; } 2>/dev/null || true
  done
}

spec_job() { # lua file
  lua=$1 file=$2
  name=$(echo "$file" | tr / _)
  tally=$OUT/$lua/$name log=$OUT/$lua/$name.log home=$OUT/home/$lua-$name
  mkdir -p "$OUT/$lua" "$home"
  : >"$tally"
  bin=$(sh mk/lua.sh bin "$lua")
  for v in $(env | sed -n 's/^\(HOMEY_[A-Za-z0-9_]*\|LUA_[A-Z]*PATH_[0-9_]*\|LUA_INIT[0-9_]*\)=.*/\1/p'); do unset "$v"; done
  unset LUA_PATH LUA_CPATH
  eval "$(B=$B sh mk/env.sh "$lua")"
  # A spec with this comment loads third-party libraries that leak when they are unloaded.
  if [ -n "${ASAN_OPTIONS:-}" ] && grep -q "leaks of others" "$file"; then export ASAN_OPTIONS="$ASAN_OPTIONS:detect_leaks=0"; fi
  started=$(date +%s) code=0
  # shellcheck disable=SC2086 # RUN is a command with its arguments
  TALLY=$tally HOME=$home XDG_STATE_HOME=$home/.state XDG_CONFIG_HOME=$home/.config XDG_CACHE_HOME=$home/.cache \
    HOMEY_TEST_LUA=$bin HOMEY_TEST_BUILD=$root/$B HOMEY_TEST_SLOW=$SLOW HOMEY_TEST_ORACLE=$ORACLE \
    timeout -k 5 "$LIMIT" $RUN "$bin" mk/busted.lua -o mk/tally.lua "$file" >"$log" 2>&1 </dev/null || code=$?
  left_behind >>"$log"
  report "Lua $lua $file" "$code" "$started" "$file" "$lua"
}

c_job() { # - program
  name=$(basename "$2")
  tally=$OUT/C/$name log=$OUT/C/$name.log
  mkdir -p "$OUT/C"
  started=$(date +%s) code=0
  # shellcheck disable=SC2086
  CMOCKA_MESSAGE_OUTPUT=TAP timeout -k 5 "$LIMIT" $RUN "$2" >"$log" 2>&1 </dev/null || code=$?
  sed -n 's/^ok .*# SKIP.*/skip/p; t
    s/^ok .*/ok/p; s/^not ok .*/fail/p' "$log" >"$tally"
  if [ "$code" = 0 ] && [ ! -s "$tally" ]; then echo ok >"$tally"; fi # a test of one exit code
  echo end >>"$tally"
  report "C test $name" "$code" "$started" "spec/c/$name.c" C
}

# A job always exits here. Otherwise a job that cannot report (no output, no process) would start
# another whole run. With an empty list xargs calls this once, without a job.
if [ "${1:-}" = job ]; then
  case ${2:-} in
    spec) spec_job "$3" "$4" ;;
    c) c_job "$3" "$4" ;;
  esac
  exit
fi

OUT=$(mktemp -d "${TMPDIR:-/tmp}/homey-test.XXXXXX")
export OUT B LIMIT JOBS RUN SLOW ORACLE AGAIN TERM=dumb NO_COLOR=1 LC_ALL=C.UTF-8
trap 'rm -rf "$OUT"' EXIT
trap 'exit 1' HUP INT TERM # runs the trap of EXIT
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY MAKEFLAGS MFLAGS MAKELEVEL

summed() { # folder label
  [ -d "$OUT/$1" ] || return 0
  cat "$OUT/$1"/*.sum | awk -v label="$2" '{ p += $1; f += $2; s += $3 }
    END { printf "  %-12s %5d passed, %d failed%s\n", label, p, f, s ? ", " s " skipped" : "" }'
}

specs_in() { find "$1" -name '*_spec.lua' -exec ls -S {} +; } # folder

missing() { # folder name text: counts something that was not built as a failure
  mkdir -p "$OUT/$1"
  echo "0 1 0" >"$OUT/$1/$2.sum"
  echo "$3" >"$OUT/$1/$2.failed"
}

# The largest files first, so that no long one runs last and alone.
specs=$(specs_in spec) programs=$(find spec/c -name '*.c' | sort)
# shellcheck disable=SC2086 # SPEC is a list
if [ -n "${SPEC:-}" ]; then
  specs='' some=''
  for path in $SPEC; do
    if [ -d "$path" ]; then
      specs="$specs $(specs_in "$path")" some="$some $(find "$path" -name '*_test.c' | sort)"
    else
      case $path in *.c) some="$some $path" ;; *) specs="$specs $path" ;; esac
    fi
  done
  [ -n "${C_TESTS:-}" ] || programs=$some
fi

luas=${LUAS:-$(sh mk/lua.sh found)}
newest=$(echo "$luas" | tr ' ' '\n' | grep -v jit | sort -V | tail -n 1)
newest=${newest:-$(echo "$luas" | tr ' ' '\n' | head -n 1)}
once=
# shellcheck disable=SC2086
[ -n "${SPEC:-}" ] || once=$(for file in $specs; do sed 8q "$file" | grep -q '^--.*on one Lua' && echo "$file"; done | tr '\n' ' ')
for lua in $luas; do
  if [ ! -e "$B/$lua/homey/core.so" ]; then
    echo "FAIL Lua $lua: $B/$lua/homey/core.so was not built"
    missing "$lua" build "Lua $lua: $B/$lua/homey/core.so was not built"
  elif ! "$(sh mk/lua.sh bin "$lua")" -e 'require "busted"' >/dev/null 2>&1; then
    echo "Lua $lua is skipped: it has no busted" # `make deps` has reported it
  else
    for file in $specs; do
      case " $once " in *" $file "*) [ "$lua" = "$newest" ] || continue ;; esac
      echo "spec $lua $file"
    done
  fi
done >"$OUT/jobs.all"
grep -v '^spec ' "$OUT/jobs.all" || true
{
  for source in $programs; do
    program=$B/ctest/$(basename "$source" .c)
    if [ -x "$program" ]; then
      echo "c - $program"
    else
      echo "FAIL $program was not built" >&2
      missing C "$(basename "$source")" "$program was not built"
    fi
  done
  grep '^spec ' "$OUT/jobs.all" || true
} | xargs -L 1 -P "$JOBS" sh mk/test.sh job || echo "0 1 0" >"$OUT/runner.sum"
# The scenes of spec/world measure time, so they run after all that computes. They are not run with
# SPEC= or under a sanitizer.
if [ -z "${SPEC:-}$RUN" ]; then
  OUT=$OUT/world JOBS=$((JOBS + JOBS / 2)) LUAS=${LUAS:-} sh mk/world.sh || echo "0 1 0" >"$OUT/world.sum"
fi
if [ -n "${BUILD_FAILED:-}" ]; then
  echo "FAIL: the build failed, see above"
  echo "0 1 0" >"$OUT/build.sum"
fi

echo
for lua in 5.1 5.2 5.3 5.4 jit; do summed "$lua" "Lua $lua:"; done
summed C "C tests:"
ls "$OUT"/world/*.sum >/dev/null 2>&1 && summed world "spec/world:"
find "$OUT" -name '*.failed' | sort | while read -r file; do
  echo
  cat "$file"
done
if [ -e "$OUT/world/not-run" ]; then
  echo
  cat "$OUT/world/not-run"
fi
find "$OUT" -name '*.sum' -exec cat {} + | awk '{ p += $1; f += $2 }
  END {
    if (p + f == 0) print "FAIL: no test was run"
    printf "%d passed, %d failed\n", p, f + (p + f == 0)
    exit p == 0 || f > 0
  }'
