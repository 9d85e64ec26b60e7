#!/bin/sh
# Deeper checks than the tests. The last line is `N passed, N failed`: specs that run under a
# sanitizer, Valgrind or in a browser and fuzz targets count one by one, every other check as one.
#   check.sh [NAME...]     default: all, in the order below; those that only read sources first
#   CHANGED=1              only files changed since the branch main or not committed: make lint
set -eu

cd "$(dirname "$0")/.."
JOBS=${JOBS:-2}
FUZZ_SECONDS=${FUZZ_SECONDS:-10} # per target
SANITIZED_LUAS=${SANITIZED_LUAS:-5.4} # the newest; Valgrind runs the oldest
VALGRIND_LUAS=${VALGRIND_LUAS:-5.1}
VALGRIND_SPEC=${VALGRIND_SPEC:-} # default: all spec files without the words "not under Valgrind"
all="format luacheck rockspec unicode warnings tidy cppcheck symbols install"
all="$all instructions chromium sanitizers valgrind fuzz"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
passed=0 failed=0 BUILD_FAILED=

build() { # folder target... VAR=value
  folder=$1
  shift
  ${MAKE:-make} --no-print-directory -s -j"$JOBS" B="$folder" "$@"
}

sources() { find src spec examples/c bench -name '*.[ch]' | sort | wanted; }
lua_sources() { find lua spec examples rockspec mk bench bin -name '*.lua' -o -name '*.rockspec' | sort | wanted; }

# Filters the paths on its input: with CHANGED only those that differ from the last common commit
# with main.
wanted() {
  if [ -z "${CHANGED:-}" ]; then
    cat
  else
    base=$(git merge-base HEAD origin/HEAD || git merge-base HEAD origin/main || git merge-base HEAD main || echo HEAD)
    { git diff --name-only "$base" && git ls-files -o --exclude-standard; } >"$tmp/changed"
    grep -xFf "$tmp/changed" || true
  fi 2>/dev/null
}

# ---- checks that read the sources ----------------------------------------------------------------

check_format() { # clang-format breaks no comment, so their width is checked here
  sources | xargs -r awk 'length > 100 { print FILENAME ":" FNR ": more than 100 columns"; n++ }
    END { exit n > 0 }' || return 1
  sources | xargs -r clang-format --dry-run -Werror 2>"$tmp/format" && return
  sed -n 's/^\([^:]*\):[0-9]*:.*clang-formatted.*/\1/p' "$tmp/format" | uniq -c | sed "s/\$/: places where 'make format' makes a change/"
  return 1
}

check_luacheck() { lua_sources | xargs -r luacheck --no-color -q; }

check_syntax() { # the quick part of `warnings`, for Lua 5.4 only
  # shellcheck disable=SC2016
  sources | grep '^src/.*c$' | FLAGS="$(sh mk/lua.sh cflags 5.4) $(pkg-config --cflags libcurl libcjson)" \
    xargs -r -n 8 -P "$JOBS" sh -c 'cc -fsyntax-only -x c -std=c11 -D_GNU_SOURCE -Isrc/core -Isrc/lua $FLAGS \
      -Wall -Wextra -Wpedantic -Wno-unused-function -Werror "$@"' syntax
}

check_rockspec() { "$(sh mk/lua.sh bin 5.4)" mk/rockspec-check.lua; }

check_unicode() { "$(sh mk/lua.sh bin 5.4)" mk/tables/unicode.lua --check; }

check_warnings() { # of gcc and clang, with the headers of every Lua
  for cc in gcc clang; do
    build build/warnings-$cc CC=$cc WARN='-Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Werror' \
      modules lib examples || return 1
  done
}

check_tidy() {
  # shellcheck disable=SC2016
  find src -name '*.c' | sort | FLAGS="$(sh mk/lua.sh cflags 5.4) $(pkg-config --cflags libcurl libcjson)" \
    xargs -n 1 -P "$JOBS" sh -c '
      found=$(clang-tidy --quiet "$@" -- -std=c11 -D_GNU_SOURCE -Isrc/core -Isrc/lua $FLAGS 2>/dev/null) && exit
      printf "%s\n" "$found" | grep -A 2 "error:" || printf "%s\n" "$found"
      exit 1' tidy
}

check_cppcheck() {
  # Uninitialized variables are left to the compilers, Valgrind and clang-tidy. cppcheck reads no
  # headers of libraries, so the one macro that is a loop is defined here. A semicolon would end
  # the definition.
  cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 -j "$JOBS" \
    --suppress=missingIncludeSystem --suppress=uninitvar \
    -D_GNU_SOURCE -D__linux__ -D__GNUC__ -DLIBCURL_VERSION_NUM=0x075800 \
    '-DcJSON_ArrayForEach(item,tree)=while((item=item_after(item,tree)))' -Isrc/core -Isrc/lua src
}

# ---- checks that build ---------------------------------------------------------------------------

check_symbols() {
  build build modules lib && sh mk/symbols.sh
}

check_install() { # into a folder with a space in its name; uses it; uninstall leaves no file
  into="$tmp/in stalled"
  for lua in $(sh mk/lua.sh found); do
    build build install LUA="$lua" PREFIX=/usr DESTDIR="$into" >/dev/null || return 1
    abi=$lua
    [ "$lua" != jit ] || abi=5.1
    (cd "$tmp" && LUA_PATH="$into/usr/share/lua/$abi/?.lua;$into/usr/share/lua/$abi/?/init.lua;;" \
      LUA_CPATH="$into/usr/lib/lua/$abi/?.so;;" "$(sh "$OLDPWD/mk/lua.sh" bin "$lua")" -e 'require "homey"') || return 1
  done
  echo '#include <homey.h>
    int main(void) { return homey_version()[0] == 0; }' >"$tmp/use.c"
  (cd "$tmp" && PKG_CONFIG_PATH="$into/usr/lib/pkgconfig" && export PKG_CONFIG_PATH &&
    pkg-config --exists --print-errors homey &&
    cc -o use use.c -I"$into/usr/include" -L"$into/usr/lib" -lhomey && LD_LIBRARY_PATH="$into/usr/lib" ./use) || return 1
  for lua in $(sh mk/lua.sh found); do
    build build uninstall LUA="$lua" PREFIX=/usr DESTDIR="$into" >/dev/null || return 1
  done
  find "$into" ! -type d | sed 's/^/left behind: /' >"$tmp/left"
  cat "$tmp/left"
  [ ! -s "$tmp/left" ]
}

check_instructions() { # of a set and of an event, compared with the recorded ones
  build build modules && bash bench/instructions.sh check
}

# ---- checks that run everything ------------------------------------------------------------------

# Adds the counts of a run, which are in the last line of its log.
count() { # log exit-code name
  line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$1" | tail -n 1)
  [ -n "$line" ] || line="0 passed, 1 failed"
  p=${line%% passed*} f=${line#*passed, }
  f=${f%% failed*}
  [ "$2" = 0 ] || [ "$f" != 0 ] || f=1
  passed=$((passed + p)) failed=$((failed + f))
  grep -vE '^[0-9]+ passed, [0-9]+ failed$' "$1" || true
  echo "  $3: $p passed and $f failed"
}

# Runs every spec and C test with AddressSanitizer. -z nodelete: a report cannot name functions of
# an unloaded library. intercept_tls_get_addr=0: the sanitizer guesses where thread-local storage is,
# and may crash at the end by a wrong guess. The interpreters are not instrumented, so LD_PRELOAD
# loads the sanitizer first. Programs that the specs start run without it: curl hangs with a foreign
# allocator.
run_sanitizers() {
  mkdir "$tmp/plain"
  for program in curl openssl nginx node nvim cc gcc; do
    path=$(command -v $program) || continue
    printf '#!/bin/sh\nunset LD_PRELOAD\nexec %s "$@"\n' "$path" >"$tmp/plain/$program"
    chmod +x "$tmp/plain/$program"
  done
  flags='-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined'
  build build/asan -k CC=gcc CFLAGS="$flags" UNWIND= LDFLAGS='-fsanitize=address,undefined -Wl,-z,nodelete' test-build || BUILD_FAILED=1
  export BUILD_FAILED
  AGAIN='make check CHECKS=sanitizers SPEC=%spec SANITIZED_LUAS=%lua' PATH=$tmp/plain:$PATH B=build/asan JOBS=$((2 * JOBS)) SLOW=3 LIMIT=300 LUAS="$SANITIZED_LUAS" RUN="env LD_PRELOAD=$(gcc -print-file-name=libasan.so)" \
    ASAN_OPTIONS=detect_leaks=1:abort_on_error=0:intercept_tls_get_addr=0 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 \
    LSAN_OPTIONS=suppressions=$PWD/mk/suppressions/lsan.supp:print_suppressions=0 sh mk/test.sh
}

run_valgrind() {
  build build/valgrind -k CFLAGS='-O1 -g' LDFLAGS='-Wl,-z,nodelete' test-build || BUILD_FAILED=1
  export BUILD_FAILED
  spec=${VALGRIND_SPEC:-$(grep -L 'not under Valgrind' $(find spec -name '*_spec.lua' -exec ls -S {} +))}
  AGAIN='make check CHECKS=valgrind VALGRIND_SPEC=%spec VALGRIND_LUAS=%lua' B=build/valgrind JOBS=$((JOBS + 1)) SLOW=20 LIMIT=900 LUAS="$VALGRIND_LUAS" SPEC=$spec C_TESTS=1 \
    RUN='valgrind -q --suppressions=mk/suppressions/valgrind.supp --leak-check=full --error-exitcode=9 --errors-for-leak-kinds=definite' sh mk/test.sh
}

# Fuzzes the data of a hub, on the oldest and the newest Lua and on LuaJIT. The seed is the time; a
# failure prints it.
fuzz_lua() {
  for lua in $(sh mk/lua.sh found | grep -E '^(5\.1|5\.4|jit)$'); do
    build build module LUA="$lua" || true
    if (eval "$(B=build sh mk/env.sh "$lua")" && "$(sh mk/lua.sh bin "$lua")" spec/fuzz/hub.lua "$FUZZ_SECONDS" "$(date +%s)") >"$tmp/hub" 2>&1; then
      echo "ok hub on Lua $lua: $(cat "$tmp/hub")"
    else
      echo "FAIL hub on Lua $lua"
      tail -n 60 "$tmp/hub"
    fi
  done
}

# Drives the page in a real browser. Its pictures stay in build/chromium.
run_chromium() {
  build build module || BUILD_FAILED=1
  export BUILD_FAILED
  AGAIN='make check CHECKS=chromium' B=build JOBS=1 EACH=1 LUAS=5.4 SPEC="$(find spec/chromium -name '*_chromium.lua' | tr '\n' ' ')" sh mk/test.sh
}

# Runs each fuzz target for some seconds, starting with its corpus. Findings are kept in build/fuzz.
run_fuzz() {
  instrumented='-O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined'
  fuzzed=0 broken=0
  build build/fuzz -k CC=clang CFLAGS="$instrumented" UNWIND= fuzzers || true
  # shellcheck disable=SC2016
  find spec/fuzz -name '*.c' | sort | FUZZ_SECONDS=$FUZZ_SECONDS xargs -n 1 -P "$JOBS" sh -c '
    name=$(basename "$1" .c)
    mkdir -p "build/fuzz/new/$name" "build/fuzz/found"
    corpus=
    [ ! -d "spec/fuzz/corpus/$name" ] || corpus=spec/fuzz/corpus/$name
    if "build/fuzz/run/$name" -max_total_time="$FUZZ_SECONDS" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
      -artifact_prefix="build/fuzz/found/$name-" "build/fuzz/new/$name" $corpus >"build/fuzz/$name.log" 2>&1; then
      echo "ok $name: $(sed -n "s/^stat::number_of_executed_units: *//p" "build/fuzz/$name.log") runs"
    else
      echo "FAIL $name"
      tail -n 60 "build/fuzz/$name.log"
    fi' fuzz >"$tmp/fuzz.txt" || true
  fuzz_lua >>"$tmp/fuzz.txt"
  cat "$tmp/fuzz.txt"
  fuzzed=$(grep -c '^ok ' "$tmp/fuzz.txt" || true) broken=$(grep -c '^FAIL ' "$tmp/fuzz.txt" || true)
  echo "$fuzzed passed, $broken failed"
}

# ---- runs the checks, all of them even when one fails --------------------------------------------

[ $# -gt 0 ] || eval "set -- $all"
for name in "$@"; do
  case " $all syntax " in *" $name "*) ;; *)
    echo "check.sh: unknown check '$name'. It is one of: $all syntax" >&2
    exit 2
    ;;
  esac
  echo "== $name"
  started=$(date +%s) log=$tmp/$name.log code=0 before=$failed
  case $name in
    chromium | sanitizers | valgrind | fuzz)
      ("run_$name") >"$log" 2>&1 || code=$?
      count "$log" "$code" "$name"
      ;;
    *)
      ("check_$name") >"$log" 2>&1 || code=$?
      if [ "$code" = 0 ]; then
        passed=$((passed + 1))
        tail -n 12 "$log"
      else
        failed=$((failed + 1))
        tail -n 150 "$log"
      fi
      ;;
  esac
  took=$(($(date +%s) - started))
  if [ "$failed" = "$before" ]; then echo "ok $name ($took s)"; else echo "FAIL $name ($took s)"; fi
done

echo
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
