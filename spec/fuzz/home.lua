-- Input of home.c: reads bytes as a home, see there.
package.path = "lua/?.lua;lua/?/init.lua;" .. package.path

local core = require "homey.core"
local new_random = require "homey.sim.home.random"
local home_data = require "homey.sim.home.home_data"
local event_of = require "homey.sim.hub.event_of"
local Model = require "homey.sim.home.model"
local Context = require "homey.sim.hub.context"
local View = require "homey.sim.home.view"
local operations = require "homey.api.operations"
local routes = require "homey.sim.hub.routes"

-- Sunny House reduced to one device, an enum capability, and one or two resources of each kind.
local function small()
  local home = require "homey.sim.home.sunny_house"()
  for kind, items in pairs(home) do
    local left = {}
    for id, item in pairs(kind ~= "homey" and kind ~= "user" and items or {}) do
      local wanted = kind ~= "devices" or item.name == "Reading light"
      if wanted and #left < 2 then left[#left + 1] = id end
      if not wanted or left[#left] ~= id then items[id] = nil end
    end
  end
  return home
end

local good = assert(core.encode(small()))
local odd = {
  "null", "true", "0", "-1.5", "1e300", '""', '"x"', "[]", "{}", "[1]", '{"id":3}', '{"id":"x"}',
  "[null]", "[[]]",
}

local function sorted(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  return keys
end

-- Follows a path that the bytes choose, and sets or removes the value at its end.
local function change(home, bytes)
  local at, node = 1, home
  while at < #bytes do
    local keys = sorted(node)
    if #keys == 0 then return end
    local key, choice = keys[bytes:byte(at) % #keys + 1], bytes:byte(at + 1)
    if type(node[key]) ~= "table" or choice < 96 then
      if choice % 8 ~= 0 then
        node[key] = core.decode(odd[choice % #odd + 1])
      elseif type(key) == "number" then
        table.remove(node, key)
      else
        node[key] = nil
      end
      node = home
    else
      node = node[key]
    end
    at = at + 2
  end
end

local function show(home)
  local now = function() return 1700000000 end
  local model = Model.new(home, now)
  local view = View.new(model)
  local context = {
    view = view, settings = {}, state = { now = now, uuid = function() return "u" end },
  }
  for version = 2, 3 do
    context.settings.api_version = version
    assert(core.decode(view:devices(version)))
    for _, kind in ipairs { "flows", "advancedflows" } do
      for _, flow in pairs(home[kind]) do assert(core.encode(View.item(kind, flow, version))) end
    end
    assert(core.encode(View.list("logs", home.insights_logs or {}, version)))
    assert(core.encode(View.list("flowtokens", home.flowtokens or {}, version)))
    for id, device in pairs(home.devices) do
      assert(model:device(id) == device)
      assert(#event_of(context, "devices.update", device) == 2)
      for name in pairs(device.capabilitiesObj) do model:operate(id, name, true) end
    end
  end
end

-- Requests that read a list or a state, for both versions.
local function reads_of(platform)
  local list = {}
  for _, manager in ipairs(operations.managers(platform)) do
    for _, row in ipairs(operations.of(manager, platform)) do
      if row.method == "GET" and not row.path:find ":" and not row.params[1] then
        local path = ("/api/manager/" .. manager .. row.path):gsub("/$", "")
        list[#list + 1] = { method = "GET", path = path, query = "", headers = {}, body = "" }
      end
    end
  end
  return list
end

local reads = { [2] = reads_of "v2", [3] = reads_of "v3l" }

-- Asks the hub of the home for all of it. It answers, or says what is wrong with the home.
local function ask(home)
  for version, requests in pairs(reads) do
    local context = Context.new(home, { api_version = version }, {
      random = new_random(1).bytes, clock = function() return 0 end,
      now = function() return 1700000000 end,
    })
    for _, request in ipairs(requests) do
      local route = assert(routes.find(context, "GET", request.path), request.path)
      local ok, err = pcall(route.handle, context, request, { id = "a", type = "OAUTH" })
      assert(ok or type(err) == "table" and err.kind == "invalid", tostring(err))
    end
  end
end

local function try(text)
  local given = core.decode(text)
  if type(given) ~= "table" then return end -- a string is the path of a file
  local ok, home = pcall(home_data.read, given, new_random(1).bytes, 1700000000)
  if ok then
    ask(home)
    return show(home)
  end
  local clear = type(home) == "table" and home.kind == "invalid" and home.message
  assert(clear, tostring(home))
  assert(not clear:find "%.lua:%d", clear)
end

return function(bytes)
  try(bytes)
  local home = assert(core.decode(good))
  change(home, bytes)
  try(assert(core.encode(home)))
end
