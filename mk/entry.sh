#!/bin/sh
# Prints lua/homey/init.lua as `make install` writes it: a program takes the compiled modules, too.
#   entry.sh FILE LIBDIR
# The first line does that, and is a comment otherwise, so that the lines keep their numbers. Without
# the loader, or with that of another Lua, the core says what is wrong.
set -eu

path=$(printf %s "$2/homey/compiled" | sed 's/[\\"]/\\&/g')
printf 'pcall(function() require("homey.loader").use("%s") end) ' "$path"
cat "$1"
