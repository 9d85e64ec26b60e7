-- Environment of a script: its globals, its `require`, its `os`, and the functions that load code
-- into it.
--
-- Each script has its own globals and its own copies of the modules beside its file. `require
-- "homey"` is its own facade, and os.exit ends the script instead of the program.

local fiber = require "homey.task.fiber"
local is_readable = require "homey.util.is_readable"
local watchdog = require "homey.task.watchdog"

local unpack = table.unpack or unpack -- luacheck: compat

local environment = {}

-- ---- loading code -------------------------------------------------------------------------------

-- Call load or one of its kind for a chunk with these globals, unless its arguments name others in
-- place `position`.
local load_with

if rawget(_G, "setfenv") then
  function load_with(env, loader, position, ...)
    local chunk, problem = loader(...)
    if chunk and select("#", ...) < position then setfenv(chunk, env) end -- luacheck: compat
    return chunk, problem
  end
else
  function load_with(env, loader, position, ...)
    if select("#", ...) >= position then return loader(...) end
    local arguments = { ... }
    arguments[position] = env
    return loader(unpack(arguments, 1, position))
  end
end

-- The watchdog can stop all functions of a chunk.
local function watched(chunk, problem)
  if chunk then watchdog.tame(chunk) end
  return chunk, problem
end

--- Load a file; nothing of it runs yet.
---@param path string
---@param env table  its globals
---@return function? chunk
---@return string? problem
function environment.load(path, env)
  return watched(load_with(env, loadfile, 3, path, "t"))
end

-- Code that a script loads has the globals of the script, too.
local function add_loaders(env)
  local function wrap(loader, position)
    return loader and function(...) return watched(load_with(env, loader, position, ...)) end
  end
  env.load, env.loadstring, env.loadfile = wrap(load, 4), wrap(rawget(_G, "loadstring"), 4),
    wrap(loadfile, 3)
  function env.dofile(path)
    local chunk, problem = env.loadfile(path)
    if not chunk then error(problem, 0) end
    return chunk()
  end
end

-- ---- modules ------------------------------------------------------------------------------------

-- The file of a module beside the script, if there is one.
local function file_beside(script, module)
  local base = script.folder .. module:gsub("%.", "/")
  for _, path in ipairs { base .. ".lua", base .. "/init.lua" } do
    if is_readable(path) then return path end
  end
end

local function load_beside(script, loaded, module, path)
  if script.opened then script.opened(path) end
  local chunk, problem = environment.load(path, script.env)
  if not chunk then error(problem, 0) end
  table.insert(script.files, path)
  loaded[module] = true -- as Lua's require does, for modules that require each other
  local value = chunk(module, path)
  if value ~= nil then loaded[module] = value end
  return loaded[module]
end

local function require_in(script, loaded, module)
  if loaded[module] ~= nil then return loaded[module] end
  local path = type(module) == "string" and not package.preload[module]
    and file_beside(script, module)
  if path then return load_beside(script, loaded, module, path) end
  return require(module)
end

-- ---- globals ------------------------------------------------------------------------------------

local function with(library, functions)
  local own = {}
  for name, f in pairs(functions) do own[name] = f end
  return setmetatable(own, { __index = library })
end

--- The globals of a script.
---@param script homey.Script
---@param os_functions table<string, function>  in place of functions of the library os
---@param io_functions? table<string, function>  the same for io
---@return table env
function environment.new(script, os_functions, io_functions)
  local env = setmetatable({}, { __index = _G })
  local loaded = { homey = script.homey, os = with(os, os_functions), _G = env }
  env._G, env.os = env, loaded.os
  if io_functions then loaded.io = with(io, io_functions) end
  env.io = loaded.io
  add_loaders(env)
  env.require = function(module) return require_in(script, loaded, module) end
  if fiber.plain51 then env.pcall = fiber.pcall end -- a wait inside pcall would block all scripts
  return env
end

return environment
