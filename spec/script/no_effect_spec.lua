-- No effect on the program: require "homey" replaces no function of Lua and leaves nothing behind.
local logins = require "spec.support.logins"
local support = require "spec.support.sim"

local sim

setup(function() sim = support.start() end)
teardown(function()
  logins.tidy()
  support.stop()
end)

-- Each value that a program reaches from its globals and loaded modules, and its signal handlers.
local program = [[
  local function add(seen, path, value)
    seen[path] = value
    if type(value) ~= "table" or seen[value] then return end
    seen[value] = true
    for key, each in next, value do add(seen, path .. "." .. tostring(key), each) end
    local meta = (debug and debug.getmetatable or getmetatable)(value)
    if meta then add(seen, path .. ":meta", meta) end
  end

  local function values()
    local seen = {}
    local modules = {}
    for name, module in pairs(package.loaded) do
      if not name:find "^homey" then modules[name] = module end
    end
    local loaded = package.loaded
    package.loaded = nil
    local registry = debug.getregistry()
    local saved = registry._LOADED
    registry._LOADED = nil
    add(seen, "_G", _G)
    add(seen, "modules", modules)
    add(seen, "text", debug.getmetatable "")
    for _, value in ipairs { 1, true, print } do add(seen, type(value), debug.getmetatable(value) or false) end
    registry._LOADED, package.loaded = saved, loaded
    seen[modules] = nil
    seen.modules = nil
    seen.hook = tostring((debug.gethook()))
    return seen
  end

  local function signals()
    local file = io.open "/proc/self/status"
    local text = file and file:read "*a" or ""
    if file then file:close() end
    return (text:match "SigBlk:.-SigCgt:[^\n]*" or "")
  end

  local before, signals_before = values(), signals()
  local homey = require "homey"
  local home = homey.login()
  homey.device("Kitchen/Lamp"):set("onoff", true)
  homey.state "evening".n = 1
  homey.device("Kitchen/Lamp"):on("onoff", function() homey.stop() end)
  homey.after("10 ms", function() homey.device("Kitchen/Lamp"):set("onoff", false) end)
  homey.run()
  homey.close()
  local after = values()
  for path, value in pairs(after) do
    if before[path] ~= value then print("changed: " .. tostring(path)) end
  end
  for path in pairs(before) do
    if after[path] == nil then print("gone: " .. tostring(path)) end
  end
  if signals() ~= signals_before then print("signals: " .. signals_before .. " became " .. signals()) end
  print "compared"
]]

describe("require 'homey'", function()
  it("changes no global and no library function", function()
    local env = { HOMEY_STATE_DIR = logins.folder() }
    for name, value in pairs(sim.env) do env[name] = value end
    assert.equal("compared\n", logins.finish(logins.start(program, env)))
  end)
end)
