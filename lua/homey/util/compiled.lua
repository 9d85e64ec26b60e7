-- Compiled modules: a file beside the C modules, which `make install` writes with the Lua that it
-- installs for, since reading the sources takes half of the time of a short program. Without the
-- file, or with another Lua, the sources are read.
--
--   homey-compiled LUA LENGTH    the Lua that wrote it, and the length of the index
--   the index                    a compiled table: the names of the modules, and where they are
--   the modules                  the length of each in 7 digits, and what string.dump gives of it

local compiled = {}

local load_text = rawget(_G, "loadstring") or load

--- The Lua that runs, as exactly as it tells.
---@return string
function compiled.lua()
  local jit = rawget(_G, "jit")
  return ((jit and jit.version .. jit.arch or _VERSION):gsub("%s", "-"))
end

-- Reads the index; nil where the file is cut off or of another Lua.
local function read_index(file)
  local lua, length = (file:read "*l" or ""):match "^homey%-compiled (%S+) +(%d+)$"
  local code = lua == compiled.lua() and file:read(tonumber(length))
  local index = code and #code == tonumber(length) and load_text(code, "=index")
  return index and index()
end

-- Makes a searcher of modules; it answers nothing for those that the file does not have.
local function searcher(file, index, base)
  return function(name)
    local offset = index[name]
    if not offset then return nil end
    file:seek("set", base + offset)
    local length = tonumber(file:read(7))
    local code = length and file:read(length)
    return code and #code == length and load_text(code, name) or nil
  end
end

--- Take modules out of a file from now on, where it is there and of this Lua.
---@param path string
---@return boolean used
function compiled.use(path)
  local searchers = package.searchers or package.loaders -- luacheck: compat
  local file = io.open(path, "rb")
  local index = file and searchers and read_index(file)
  if index then
    table.insert(searchers, 2, searcher(file, index, file:seek()))
  elseif file then
    file:close()
  end
  return index ~= nil and index ~= false
end

return compiled
