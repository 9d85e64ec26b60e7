-- Compiled modules: a file of them beside the C modules, which `make install` writes with the Lua
-- that it installs for, as reading the sources is half of the time of a short command. Without the
-- file, or with another Lua, the sources are read.
--
--   homey-compiled LUA BASE      the Lua that wrote it, and where the first module begins
--   NAME OFFSET LENGTH           a line for each module
--   and then the modules, as string.dump gives them

local compiled = {}

local head = "^homey%-compiled ([^\n]*) (%d+)\n"

--- The Lua that runs, as exactly as it tells.
---@return string
function compiled.lua()
  local jit = rawget(_G, "jit")
  return ((jit and jit.version or _VERSION):gsub("%s", "-"))
end

--- Whether a compiled module is in the file: its function.
---@param file file*
---@param index string
---@param base integer
---@param name string
---@return function?
local function find(file, index, base, name)
  local _, last = index:find("\n" .. name .. " ", 1, true)
  local offset, length = index:match("^(%d+) (%d+)\n", last and last + 1 or #index + 1)
  if not offset or not file:seek("set", base + offset) then return nil end
  local code = file:read(tonumber(length))
  local load = rawget(_G, "loadstring") or load
  return code and load(code, name)
end

--- Take modules out of a file from now on, where it is there and of this Lua.
---@param path string
---@return boolean used
function compiled.use(path)
  local file = io.open(path, "rb")
  local line = file and file:read "*l"
  local lua, base = ((line or "") .. "\n"):match(head)
  if lua ~= compiled.lua() then
    if file then file:close() end
    return false
  end
  local index = "\n" .. (file:read(tonumber(base) - #line - 1) or "")
  table.insert(package.searchers or package.loaders, 2, function(name) -- luacheck: compat
    return find(file, index, tonumber(base), name)
  end)
  return true
end

return compiled
