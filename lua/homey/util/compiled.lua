-- Compiled modules: a file beside the C modules, which `make install` writes with the Lua that it
-- installs for, since reading the sources takes half of the time of a short command. Without the
-- file, or with another Lua, the sources are read.
--
--   homey-compiled LUA BASE      the Lua that wrote it, and where the first module begins
--   NAME OFFSET LENGTH           a line for each module
--   and then the modules, as string.dump gives them

local compiled = {}

local load_text = rawget(_G, "loadstring") or load

--- The Lua that runs, as exactly as it tells.
---@return string
function compiled.lua()
  local jit = rawget(_G, "jit")
  return ((jit and jit.version .. jit.arch or _VERSION):gsub("%s", "-"))
end

-- The function of a module; nil where the file does not have it.
local function find(file, index, base, name)
  local _, last = index:find("\n" .. name .. " ", 1, true)
  local offset, length = index:match("^(%d+) (%d+)\n", (last or #index) + 1)
  if not offset then return nil end
  file:seek("set", base + offset)
  local code = file:read(tonumber(length))
  return code and load_text(code, name)
end

--- Take modules out of a file from now on, where it is there and of this Lua.
---@param path string
---@return boolean used
function compiled.use(path)
  local file = io.open(path, "rb")
  local line = file and file:read "*l" or ""
  local lua, base = line:match "^homey%-compiled (%S+) (%d+)$"
  if lua ~= compiled.lua() then
    if file then file:close() end
    return false
  end
  base = tonumber(base)
  local index = "\n" .. (file:read(base - #line - 1) or "")
  table.insert(package.searchers or package.loaders, 2, function(name) -- luacheck: compat
    return find(file, index, base, name)
  end)
  return true
end

return compiled
