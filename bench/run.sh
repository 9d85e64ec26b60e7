#!/bin/bash
# How homey compares with the vendor's client, bare libcurl and lua-cjson, against stand-ins for the hub on loopback: an
# nginx, and where it takes a socket npm's socket.io 2.5.   bench/run.sh [quick]
# Exit 0 when everything could be measured, whatever came out.
set -euo pipefail

cd "$(dirname "$0")/.."
mode=${1:-}
case $mode in '' | quick) ;; *)
  echo "usage: bench/run.sh [quick]" >&2
  exit 2
  ;;
esac
module=${B:-build}/5.4/homey/core.so
[ -e "$module" ] || make -s module
eval "$(make -s env)"

for program in lua5.4 nginx node npm curl openssl strip "${CC:-cc}"; do
  command -v "$program" >/dev/null || {
    echo "bench: $program is missing: make bench installs it" >&2
    exit 1
  }
done

# ---- the vendor's client and server, kept outside the repository ------------------------------------

packages=${XDG_CACHE_HOME:-$HOME/.cache}/homey-bench
fetch() { # name, version
  local folder=$packages/$1-$2
  [ ! -e "$folder/node_modules/$1/package.json" ] || return 0
  echo "Fetching $1 $2 from npm into $folder" >&2
  mkdir -p "$folder"
  npm install --silent --no-audit --no-fund --prefix "$folder" "$1@$2" >&2
}
fetch homey-api 3.20.0
fetch socket.io 2.5.1
vendor=$packages/homey-api-3.20.0

# A thousand homes are some thousand descriptors, at either end.
ulimit -n "$(ulimit -Hn)"

# ---- the stand-in hubs ------------------------------------------------------------------------------

dir=$(mktemp -d) hub='' live_hub=''
finish() {
  for each in $hub $live_hub; do kill "$each" 2>/dev/null || true; done
  rm -rf "$dir"
}
trap finish EXIT

certificates() {
  local key=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes)
  openssl req -x509 "${key[@]}" -keyout "$dir/ca.key" -out "$dir/ca.crt" -subj '/CN=bench CA' -days 2 \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign
  openssl req "${key[@]}" -keyout "$dir/hub.key" -out "$dir/hub.csr" -subj '/CN=bench hub'
  openssl x509 -req -in "$dir/hub.csr" -CA "$dir/ca.crt" -CAkey "$dir/ca.key" -CAcreateserial -days 2 -out "$dir/hub.crt" \
    -extfile <(echo subjectAltName=IP:127.0.0.1)
}

free_ports() { # as many as asked for, from the system
  lua5.4 - "$1" <<'LUA'
local socket, open, count = require "cqueues.socket", {}, tonumber((...))
for i = 1, count do
  open[i] = socket.listen("127.0.0.1", 0)
  local _, _, port = open[i]:localname()
  io.write(port, i < count and " " or "\n")
end
LUA
}

start_hub() {
  read -r port tls_port idle_port live_port live_tls_port accounts_port api_port < <(free_ports 7)
  mkdir -p "$dir/device"
  lua5.4 bench/home.lua "$dir" "$port" "$tls_port" "$idle_port"
  nginx -p "$dir/" -c "$dir/nginx.conf" -e "$dir/nginx.log" &
  hub=$!
  for _ in {1..100}; do
    if curl -sf "http://127.0.0.1:$port/api/manager/system/ping" >/dev/null; then return; fi
    sleep 0.05
  done
  echo "bench: the hub does not start:" >&2
  cat "$dir/nginx.log" >&2
  exit 1
}

start_live_hub() { # until descriptor 9 is closed
  local here=$PWD said=
  mkfifo "$dir/live.in" "$dir/live.out"
  (cd "$packages/socket.io-2.5.1" && exec node "$here/bench/hub.js" "$dir" "$live_port" "$live_tls_port" \
    "$accounts_port" "$api_port" <"$dir/live.in" >"$dir/live.out" 2>"$dir/live.log" 9>&-) &
  live_hub=$!
  exec 9>"$dir/live.in"
  read -r said <"$dir/live.out" || true
  [ "$said" != ready ] || return 0
  echo "bench: the hub with a socket does not start:" >&2
  cat "$dir/live.log" >&2
  exit 1
}

certificates 2>"$dir/openssl.log" || { cat "$dir/openssl.log" >&2; exit 1; }
start_hub
start_live_hub

# The command as `make install` leaves it.
make -s install PREFIX="$dir/installed" LUA=5.4 >"$dir/install.log" 2>&1 || { cat "$dir/install.log" >&2; exit 1; }

# ---- the contest ------------------------------------------------------------------------------------

for program in floor launch; do
  libs=
  [ "$program" = launch ] || libs=$(pkg-config --cflags --libs libcurl)
  # shellcheck disable=SC2086 # flags
  "${CC:-cc}" -std=c11 -D_GNU_SOURCE -O2 -o "$dir/$program" "bench/$program.c" $libs
done
lua5.4 bench/compare.lua "$dir" "$port" "$tls_port" "$idle_port" "$live_port" "$live_tls_port" "$accounts_port" "$api_port" \
  "$vendor" "$module" "$mode" 9>&-
# the instructions of single operations: nothing else on the machine affects them
bench/instructions.sh
cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
echo "on $(nproc) x ${cpu:-$(uname -m)}, Linux $(uname -r | cut -d- -f1), $(lua5.4 -v | cut -d' ' -f1-2)," \
  "$(curl -V | grep -o 'libcurl/[^ ]*'), node $(node --version), $(nginx -v 2>&1 | sed 's/.*: //')"
