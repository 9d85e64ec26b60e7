-- Writes the compiled modules that lua/homey/util/compiled.lua reads:
--   cd lua; compile.lua LUADIR FILE SOURCE...
-- LUADIR is the folder of the installed sources, which the texts of errors name.
local compiled = dofile "homey/util/compiled.lua"
local load = rawget(_G, "loadstring") or load

local folder, path = ...
local rows, parts, offset = {}, {}, 0

for _, name in ipairs { select(3, ...) } do
  local module = name:match "^(.*)%.lua$"
  if module and not module:find "^homey/meta/" then
    local file = assert(io.open(name, "rb"))
    local source = file:read "*a"
    file:close()
    local code = string.dump(assert(load(source, "@" .. folder .. "/" .. name)))
    rows[#rows + 1] = ("[%q] = %d"):format(module:gsub("/init$", ""):gsub("/", "."), offset)
    parts[#parts + 1] = ("%7d"):format(#code) .. code
    offset = offset + 7 + #code
  end
end

local index = string.dump(assert(load("return { " .. table.concat(rows, ", ") .. " }")))
local file = assert(io.open(path, "wb"))
assert(file:write(("homey-compiled %s %7d\n"):format(compiled.lua(), #index), index,
  table.concat(parts)))
assert(file:close())
