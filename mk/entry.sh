#!/bin/sh
# Prints lua/homey/init.lua as `make install` writes it: a program takes the compiled modules, too.
#   entry.sh FILE LIBDIR
# The first line does that, and is a comment otherwise, so that the lines keep their numbers.
set -eu

path=$(printf %s "$2/homey/compiled" | sed 's/[\\"]/\\&/g')
printf 'require("homey.loader").use("%s") ' "$path"
cat "$1"
