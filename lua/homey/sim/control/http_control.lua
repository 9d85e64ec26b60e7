--- The home operated over plain HTTP, by a person with curl or a script in any language.
---
---     GET  /sim/devices
---     GET  /sim/device/Kitchen/Lamp                       id, name or zone/name
---     POST /sim/device/Kitchen/Lamp/capability/onoff      {"value": true}
---     POST /sim/command                                   a line as at the prompt: drop 30 s
local core = require "homey.core"
local orders = require "homey.sim.control.actions"
local prompt = require "homey.sim.control.console"
local response = require "homey.sim.http.response"
local encoding = require "homey.sim.http.encoding"

local by_hand = {}

local function refuse(status, what) return response.failure(status, "refused", what) end

local function devices(context)
  local out = setmetatable({}, core.array)
  for _, device in pairs(context.model.data.devices) do
    local values = {}
    for id, capability in pairs(device.capabilitiesObj) do values[id] = capability.value end
    out[#out + 1] = { id = device.id, name = prompt.name(context, device), class = device.class, values = values }
  end
  table.sort(out, function(a, b) return a.name < b.name end)
  return response.json(200, out)
end

local function device(context, _, _, ref)
  local found = context.model:device(ref)
  return found and response.json(200, found) or refuse(404, "the home has no device '" .. ref .. "'")
end

local function operate(context, served, body, ref, capability)
  local given = core.decode(body)
  if type(given) ~= "table" or given.value == nil then return refuse(400, 'the body is JSON: {"value": ...}') end
  local what = { device = ref, capability = capability, value = given.value }
  local ok, problem = pcall(orders.operate, context, what, served)
  if not ok then return refuse(400, tostring(problem)) end
  return device(context, served, body, ref)
end

local function command(context, served, body)
  local lines = {}
  local ok = prompt.obey(context, served, body, function(line) lines[#lines + 1] = line .. "\n" end)
  return response.text(ok and 200 or 400, "text/plain; charset=utf-8", table.concat(lines))
end

local doors = {
  { "GET", "^/sim/devices$", devices },
  { "POST", "^/sim/device/(.+)/capability/([^/]+)$", operate },
  { "GET", "^/sim/device/(.+)$", device },
  { "POST", "^/sim/command$", command },
}

local function open(door, context, served, req, first, ...)
  if not first then return nil end
  return door[3](context, served, req.body, encoding.unescape(first), encoding.unescape((...) or ""))
end

--- The answer to a request; nil for one that is none of a person's.
---@param context homey.sim.Context
---@param served homey.sim.Server
---@param req homey.sim.Request
---@return homey.sim.Response?
function by_hand.answer(context, served, req)
  if not req.path:find("^/sim/") then return nil end
  for _, door in ipairs(doors) do
    local reply = door[1] == req.method and open(door, context, served, req, req.path:match(door[2]))
    if reply then return reply end
  end
  return refuse(404, "there is /sim/devices, /sim/device/NAME, /sim/device/NAME/capability/ID and /sim/command")
end

return by_hand
