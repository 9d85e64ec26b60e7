#!/bin/sh
# Installs missing packages. It first prints their names and what they are for. When nothing is
# missing it prints nothing.
#   deps.sh [build|demo|test|coverage|check|bench] [LUA]
# Each group includes the group before it; bench includes demo. Uses apt, dnf, apk or brew, and sudo
# or doas when the user is not root.
set -eu

cd "$(dirname "$0")/.."
group=${1:-build} lua=${2:-5.4}

# ---- needed programs and libraries, and how each is detected -------------------------------------

has() { command -v "$1" >/dev/null 2>&1; }
sbin_has() { (PATH=$PATH:/usr/sbin:/sbin && has "$1"); } # not in the PATH of an ordinary user
library() { "${PKG_CONFIG:-pkg-config}" --exists "$1" 2>/dev/null; }
compiler() { echo '#include <stdio.h>' | "${CC:-cc}" -x c -fsyntax-only - 2>/dev/null; }
lua_here() { sh mk/lua.sh bin "$1" >/dev/null 2>&1 && sh mk/lua.sh cflags "$1" >/dev/null 2>&1; }
fuzzer() {
  echo 'int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { return d && n ? 0 : 0; }' |
    clang -fsanitize=fuzzer,address -x c - -o /dev/null 2>/dev/null
}
lua_module() { # name of a module; for the Lua of the command line
  bin=$(sh mk/lua.sh bin "$lua" 2>/dev/null) || return 1
  (eval "$(sh mk/env.sh "$lua" 2>/dev/null)" && "$bin" -e "require '$1'" 2>/dev/null)
}

# need PROBE WHY APT DNF APK BREW     (an empty column: that package manager has no package)
# When the probe fails, adds to $wanted (packages) and $reasons (lines), or to $unknown.
wanted='' reasons='' unknown='' again=''
need() {
  probe=$1 why=$2
  $probe && return
  again="$again$probe:$why
"
  case $manager in apt) shift 2 ;; dnf) shift 3 ;; apk) shift 4 ;; brew) shift 5 ;; *) set -- '' ;; esac
  if [ -z "$1" ]; then
    unknown="$unknown
  $why"
  else
    wanted="$wanted $1"
    reasons="$reasons
$(printf '  %-44s %s' "$1" "$why")"
  fi
}
lua_packages() { # interpreter and headers of one Lua
  case $1 in
    5.1) need 'lua_here 5.1' 'Lua 5.1' 'lua5.1 liblua5.1-0-dev' 'compat-lua compat-lua-devel' 'lua5.1 lua5.1-dev' '' ;;
    5.4) need 'lua_here 5.4' 'Lua 5.4' 'lua5.4 liblua5.4-dev' 'lua lua-devel' 'lua5.4 lua5.4-dev' 'lua' ;;
    jit) need 'lua_here jit' 'LuaJIT' 'luajit libluajit-5.1-dev' 'luajit luajit-devel' 'luajit luajit-dev' 'luajit' ;;
    *) need "lua_here $1" "Lua $1" "lua$1 liblua$1-dev" '' "lua$1 lua$1-dev" '' ;;
  esac
}

build() {
  need compiler 'a C compiler' 'gcc libc6-dev' 'gcc' 'gcc musl-dev' ''
  need 'has make' 'make' 'make' 'make' 'make' ''
  need 'has pkg-config' 'finds libraries' 'pkg-config' 'pkgconf-pkg-config' 'pkgconf' 'pkg-config'
  need 'library libcurl' 'HTTPS' 'libcurl4-openssl-dev' 'libcurl-devel' 'curl-dev' 'curl'
  need 'library libcjson' 'reads the small replies of the cloud' 'libcjson-dev' 'cjson-devel' 'cjson-dev' 'cjson'
  if grep -rq 'openssl/' src/core src/lua 2>/dev/null; then
    need 'library libcrypto' 'hashes and random numbers' 'libssl-dev' 'openssl-devel' 'openssl-dev' 'openssl@3'
  fi
  if grep -rq 'wslay/' src/core 2>/dev/null; then
    need 'header wslay/wslay.h' 'websocket frames' 'libwslay-dev' 'wslay-devel' 'wslay-dev' 'wslay'
  fi
  lua_packages "$lua"
}
zones() { [ -e "${TZDIR:-/usr/share/zoneinfo}/Europe/Amsterdam" ]; }
header() { echo "#include <$1>" | "${CC:-cc}" -x c -fsyntax-only - 2>/dev/null; }

demo() {
  build
  need 'lua_module http.server' 'the HTTP server of the simulated home' 'lua-http lua-cqueues lua-luaossl' '' '' ''
}

test() {
  demo
  for other in 5.1 5.2 5.3 5.4 jit; do [ "$other" = "$lua" ] || optional lua_packages "$other"; done
  need 'has zsh' 'completes words of the command' 'zsh' 'zsh' 'zsh' 'zsh'
  need 'has fish' 'completes words of the command' 'fish' 'fish' 'fish' 'fish'
  need zones 'the time zones of the world' 'tzdata' 'tzdata' 'tzdata' ''
  need 'lua_module busted' 'runs the specs' 'lua-busted' 'lua-busted' '' ''
  need 'library cmocka' 'runs the tests of the C core' 'libcmocka-dev' 'libcmocka-devel' 'cmocka-dev' 'cmocka'
  need 'lua_module luv' 'a host whose loop homey runs in' 'lua-luv' 'lua-luv' '' ''
  need 'lua_module socket' 'sockets of another library' 'lua-socket' 'lua-socket' "lua$lua-socket" ''
  need 'sbin_has mosquitto' 'a broker whose messages a task reads' 'mosquitto' 'mosquitto' 'mosquitto' 'mosquitto'
  need 'has mosquitto_sub' 'reads messages for a task' 'mosquitto-clients' 'mosquitto' 'mosquitto-clients' 'mosquitto'
  need 'has curl' 'sends requests to the simulated home' 'curl' 'curl' 'curl' 'curl'
  [ -z "${CI:-}" ] || # outside CI the specs that need npm are skipped with a message
    need 'has npm' 'installs programs to compare with' 'nodejs npm' 'nodejs npm' 'nodejs npm' 'node'
  need 'has timeout' 'stops hanging tests' 'coreutils' 'coreutils' 'coreutils' 'coreutils'
  [ "$(uname -s)" = Linux ] || return 0 # others have no namespaces: spec/world is skipped
  need 'has unshare' 'namespaces for spec/world' 'util-linux' 'util-linux' 'util-linux-misc' ''
  need 'sbin_has ip' 'a network in a namespace' 'iproute2' 'iproute' 'iproute2' ''
  need 'sbin_has dnsmasq' 'a DNS server in a namespace' 'dnsmasq-base' 'dnsmasq' 'dnsmasq' ''
  need 'has faketime' 'a wrong clock' 'faketime' 'libfaketime' 'libfaketime' ''
}

characters() { [ -e /usr/share/unicode/UnicodeData.txt ] || [ -e /usr/share/unicode/ucd/UnicodeData.txt ]; }

check() {
  test
  need 'has chromium' 'shows the page' 'chromium' 'chromium' 'chromium' 'chromium'
  need 'has chromedriver' 'clicks on the page' 'chromium-driver' 'chromedriver' 'chromium-chromedriver' 'chromedriver'
  need 'has luacheck' 'reads the Lua sources' 'lua-check' '' '' 'luacheck'
  optional need characters 'the input of make unicode' 'unicode-data' 'unicode-ucd' 'unicode-character-database' ''
  need 'has luarocks' 'packs and installs the rock' 'luarocks' 'luarocks' 'luarocks' 'luarocks'
  need 'has clang' 'builds the fuzz targets' 'clang' 'clang' 'clang' 'llvm'
  need fuzzer 'its fuzzing and sanitizer libraries' 'libclang-rt-dev' 'compiler-rt' 'compiler-rt' 'llvm'
  need 'has clang-tidy' 'reads the C sources' 'clang-tidy' 'clang-tools-extra' 'clang-extra-tools' 'llvm'
  need 'has clang-format' 'formats the C sources' 'clang-format' 'clang-tools-extra' 'clang-extra-tools' 'clang-format'
  need 'has cppcheck' 'reads the C sources' 'cppcheck' 'cppcheck' 'cppcheck' 'cppcheck'
  need 'has valgrind' 'finds memory errors' 'valgrind libc6-dbg' 'valgrind' 'valgrind musl-dbg' ''
}

coverage() {
  test
  need 'has gcovr' 'reports the coverage' 'gcovr' 'gcovr' 'gcovr' 'gcovr'
}

bench() {
  demo
  need 'has node' "runs the vendor's client" 'nodejs' 'nodejs' 'nodejs' 'node'
  need 'has npm' "fetches the vendor's client" 'npm' 'npm' 'npm' 'node'
  need 'has curl' 'shows that the hub is up' 'curl' 'curl' 'curl' 'curl'
  need 'has openssl' "makes the hub's certificate" 'openssl' 'openssl' 'openssl' 'openssl@3'
  need 'has nginx' 'stands in for the hub' 'nginx-light' 'nginx' 'nginx' 'nginx'
  need 'has valgrind' 'counts instructions' 'valgrind libc6-dbg' 'valgrind' 'valgrind musl-dbg' ''
  need 'lua_module cjson' 'the JSON decoder to compare with' 'lua-cjson' '' 'lua5.4-cjson' ''
}

# Packages that the tests do without when the system does not have them.
optional() { before=$unknown before_again=$again; "$@"; unknown=$before again=$before_again; }

# ---- how to install ------------------------------------------------------------------------------

manager=
for m in apt-get dnf apk brew; do
  if has "$m"; then
    manager=${m%-get}
    break
  fi
done

case $group in
  build | demo | test | coverage | check | bench) "$group" ;;
  *)
    echo "usage: deps.sh build|demo|test|coverage|check|bench [LUA]" >&2
    exit 2
    ;;
esac

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif has sudo; then
    sudo "$@"
  elif has doas; then
    doas "$@"
  else
    echo "Neither sudo nor doas is here: run this as root, then try again:"
    echo "  $*"
    exit 1
  fi
}
# sudo clears the environment, so the variables that apt needs are passed by name.
clean_env() {
  as_root env DEBIAN_FRONTEND=noninteractive ${http_proxy:+"http_proxy=$http_proxy"} \
    ${https_proxy:+"https_proxy=$https_proxy"} ${no_proxy:+"no_proxy=$no_proxy"} "$@"
}
logged() { # command...: prints its output only when it fails
  log=$(mktemp)
  if "$@" >"$log" 2>&1 </dev/null; then
    rm -f "$log"
  else
    tail -n 20 "$log"
    rm -f "$log"
    return 1
  fi
}
apt() {
  logged clean_env apt-get -y -q -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@"
}
apt_install() { # skips names that this release lacks; the last check finds what is still missing
  if ! ls /var/lib/apt/lists/*_Packages* >/dev/null 2>&1 || ! apt-cache show "$@" >/dev/null 2>&1; then
    echo "Fetching the list of packages first: apt-get update"
    apt update || echo "apt-get update failed. Continuing with the lists that it has."
  fi
  known=$(for name in "$@"; do if apt-cache show "$name" >/dev/null 2>&1; then echo "$name"; fi; done)
  # shellcheck disable=SC2086 # a list
  apt install --no-install-recommends $known && return
  echo "Trying again with a new list of packages: apt-get update"
  apt update || true
  # shellcheck disable=SC2086
  apt install --no-install-recommends $known
}
install() {
  case $manager in
    apt) apt_install "$@" ;;
    dnf) logged as_root dnf -y -q install "$@" ;;
    apk) logged as_root apk add -q "$@" ;;
    brew) logged brew install -q "$@" ;;
  esac
}

if [ -n "$wanted" ]; then
  # shellcheck disable=SC2046,SC2086 # a list
  set -- $(printf '%s\n' $wanted | sort -u)
  echo "homey ($group) needs these packages, which are not installed yet:$reasons"
  case $manager:$(id -u) in
    brew:* | *:0) echo "Installing them with $manager." ;;
    *) echo "Installing them with $manager, as root." ;;
  esac
  if ! install "$@"; then
    echo "Some of that could not be installed."
  else
    echo "Installed."
    hash -r
  fi
fi

if [ -n "$unknown" ]; then
  echo "homey ($group) also needs these; this script knows no package of ${manager:-this system}:$unknown"
  echo "Install Lua modules with LuaRocks: luarocks --lua-version=$lua install NAME"
fi

missing=$(printf %s "$again" | while IFS=: read -r probe why; do $probe || echo "  $why"; done)
if [ -n "$missing" ]; then
  echo "Still missing for '$group':"
  echo "$missing"
  exit 1
fi
