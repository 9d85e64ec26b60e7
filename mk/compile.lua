-- Writes the compiled modules that src/loader/compiled.c reads, and describes:
--   cd lua; compile.lua LUADIR FILE SOURCE...
-- LUADIR is where the sources will be, for the lines of errors.
local load = rawget(_G, "loadstring") or load

local folder, path = ...
local codes, names, rows, parts, offset = {}, {}, {}, {}, 0

for _, name in ipairs { select(3, ...) } do
  local module = name:match "^(.*)%.lua$"
  if module and not module:find "^homey/meta/" then
    local file = assert(io.open(name, "rb"))
    local source = file:read "*a"
    file:close()
    module = module:gsub("/init$", ""):gsub("/", ".")
    names[#names + 1] = module
    codes[module] = string.dump(assert(load(source, "@" .. folder .. "/" .. name)))
  end
end
table.sort(names)

for _, name in ipairs(names) do
  local code = codes[name]
  rows[#rows + 1] = ("%s %d %d\n"):format(name, offset, #code)
  parts[#parts + 1], offset = code, offset + #code
end

local jit = rawget(_G, "jit")
local lua = jit and jit.version .. jit.arch or _VERSION
local index = table.concat(rows)
-- Programs that have the old file mapped keep it: a file is replaced, never changed.
local file = assert(io.open(path .. ".new", "wb"))
assert(file:write(("homey-compiled %s\t%d\n"):format(lua, #index), index, table.concat(parts)))
assert(file:close())
assert(os.rename(path .. ".new", path))
