#!/bin/sh
# Runs the suite several times in a row on two busy cores: a spec that depends on the speed of the machine fails here.
# Prints a line for each run, and closes with `5 of 5 runs passed` or with a non-zero exit code.
#
#   RUNS=5             so many runs. With five or more each Lua takes part in two at least: each run has two of them
#   BUSY=3             so many busy loops beside them
#   SPEC="spec/time ..."   these files and folders only, see mk/test.sh; default: all, and the C tests in each run
#   LUAS="5.1 jit"     of these Luas only; default: every Lua found
#   JOBS=4             so many spec files at once
#
# A machine with more than two cores lends it two (taskset). What each run printed stays in build/steady/, and the
# failures of a run are shown below its line.
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
  [ -z "$run" ] || kill -s TERM -- "-$run" 2>/dev/null || true # its group: the specs under way end by themselves
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

# Computes until it is killed, or until who started it is no more.
busy() {
  while kill -0 "$1" 2>/dev/null; do
    i=0
    while [ "$i" -lt 200000 ]; do i=$((i + 1)); done
  done
}

luas_of() { # number of the run: two of the Luas, from the list that begins anew at its end
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
