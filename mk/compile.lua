-- Writes the compiled modules that lua/homey/util/compiled.lua reads:
--   cd lua; compile.lua LUADIR FILE SOURCE...
-- LUADIR is where the sources will be, for the lines of errors.
local compiled = dofile "homey/util/compiled.lua"

local folder, path = ...
local rows, parts, offset = {}, {}, 0

for _, name in ipairs { select(3, ...) } do
  local module = name:match "^(.*)%.lua$"
  if module and not module:find "^homey/meta/" then
    local file = assert(io.open(name, "rb"))
    local source = file:read "*a"
    file:close()
    local load = rawget(_G, "loadstring") or load
    local code = string.dump(assert(load(source, "@" .. folder .. "/" .. name)))
    rows[#rows + 1] = ("%s %d %d\n"):format(module:gsub("/init$", ""):gsub("/", "."), offset, #code)
    parts[#parts + 1], offset = code, offset + #code
  end
end

local index = table.concat(rows)
local function head(base) return ("homey-compiled %s %07d\n"):format(compiled.lua(), base) end
local file = assert(io.open(path, "wb"))
assert(file:write(head(#head(0) + #index), index, table.concat(parts)))
assert(file:close())
