#!/bin/sh
# Says after `make install` by which name the command is started.
#   in-path.sh BINDIR
set -eu

found=$(command -v homey || true)
if [ -z "$found" ]; then
  echo "note: $1 is not in PATH: start the command as $1/homey, or add it to PATH."
elif [ "$(cd "$(dirname "$found")" && pwd -P)" != "$(cd "$1" && pwd -P)" ]; then
  echo "note: another homey is first in PATH: $found. Start this one as homey-lua; it is the same."
fi
