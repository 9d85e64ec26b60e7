#!/bin/sh
# Runs the suite several times on two busy cores, to find specs that depend on the machine's speed.
# Prints a line for each run. The last line is `5 of 5 runs passed`; the exit code tells the same.
#
#   RUNS=5             number of runs. Each has two Luas; in five runs each Lua runs twice
#   BUSY=3             number of busy loops beside them
#   SPEC="spec/time ..."   only these files and folders, see mk/test.sh
#   LUAS="5.1 jit"     only these Luas; default: every Lua found
#   JOBS=4             spec files that run at once
#
# On a machine with more than two cores it uses two (taskset). The output of each run is kept in
# build/steady/, and its failures are printed below its line.
set -eu

cd "$(dirname "$0")/.."
B=${B:-build}
RUNS=${RUNS:-5}
BUSY=${BUSY:-3}
JOBS=${JOBS:-4}
logs=build/steady

run='' loops=''
stop() {
  trap - EXIT
  # shellcheck disable=SC2086 # a list of process ids
  [ -z "$loops" ] || kill $loops 2>/dev/null || true
  [ -z "$run" ] || kill -s TERM -- "-$run" 2>/dev/null || true # its group
}
trap stop EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# The first two processors that this process may use.
two_cores() {
  [ "$(nproc)" -gt 2 ] || return 0
  taskset -cp "$$" | awk -F ': ' '{
    n = split($2, part, ",")
    for (i = 1; i <= n && found < 2; i++) {
      split(part[i], range, "-")
      for (cpu = range[1]; cpu <= (range[2] == "" ? range[1] : range[2]) && found < 2; cpu++) list = list (found++ ? "," : "") cpu
    }
    print list
  }'
}

# Computes until it is killed or its parent has ended.
busy() {
  while kill -0 "$1" 2>/dev/null; do
    i=0
    while [ "$i" -lt 200000 ]; do i=$((i + 1)); done
  done
}

luas_of() { # number of the run: the next two Luas of the list, which wraps around
  # shellcheck disable=SC2086 # a list
  printf '%s\n' $luas | awk -v first="$((2 * ($1 - 1)))" '{ lua[n++] = $1 }
    END { a = lua[first % n]; b = lua[(first + 1) % n]; print a == b ? a : a " " b }'
}

cores=$(two_cores)
[ -z "$cores" ] || taskset -cp "$cores" "$$" >/dev/null
luas=${LUAS:-$(sh mk/lua.sh found | tr '\n' ' ')}
rm -rf "$logs"
mkdir -p "$logs"
for _ in $(seq "$BUSY"); do
  busy "$$" &
  loops="$loops $!"
done

n=0 good=0
while [ "$n" -lt "$RUNS" ]; do
  n=$((n + 1))
  these=$(luas_of "$n")
  log=$logs/run-$n.log started=$(date +%s) code=0
  B=$B JOBS=$JOBS LUAS=$these setsid sh mk/test.sh >"$log" 2>&1 </dev/null &
  run=$!
  wait "$run" || code=$?
  run=''
  echo "run $n, Lua $these: $(tail -n 1 "$log"), $(($(date +%s) - started)) s"
  if [ "$code" = 0 ]; then
    good=$((good + 1))
  else
    awk '/^  (Lua|C tests)/ { shown = ""; next } { shown = shown "    " $0 "\n" } END { printf "%s", shown }' "$log"
  fi
done
echo "$good of $RUNS runs passed"
[ "$good" = "$RUNS" ] && [ "$RUNS" -gt 0 ]
