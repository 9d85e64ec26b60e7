-- The same sources run on every Lua: a global of any of them is known, `spec/` also sees busted's.
std = "lua51+lua52+lua53+lua54+luajit"
cache = false
codes = true
max_line_length = 100
max_string_line_length = false -- a row of a table of texts is better long than broken
unused_args = false
self = false
ignore = { "431", "432", "433", "613" } -- an inner `text`, `ok` or `err` hides an outer one; blanks at the end of a string
exclude_files = { "build", "lua_modules", "node_modules" }

files["spec"] = { std = "+busted" }
files["examples/automations/*_spec.lua"] = { std = "+busted" }
files["lua/homey/meta/*.lua"] = { ignore = { "211", "212", "221", "241", "331", "431", "561", "631" } } -- types, never run; a type cannot be broken
files["examples"] = { allow_defined_top = true }
files["rockspec"] = { std = "+rockspec" }
