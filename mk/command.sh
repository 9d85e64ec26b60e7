#!/bin/sh
# Prints a command of bin/ as `make install` writes it: with its interpreter and module folders.
#   command.sh FILE INTERPRETER LUADIR LIBDIR
set -eu

quoted() { printf '"%s"' "$(printf %s "$1" | sed 's/[\\"]/\\&/g')"; }

printf '#!%s\n' "$2"
printf 'package.path = %s .. package.path\n' "$(quoted "$3/?.lua;$3/?/init.lua;")"
printf 'package.cpath = %s .. package.cpath\n' "$(quoted "$4/?.so;")"
printf 'pcall(function() require("homey.loader").use(%s) end)\n' "$(quoted "$4/homey/compiled")"
sed '1,/^]]$/d' "$1"
