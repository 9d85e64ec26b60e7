--- HTTP control of the simulated home, for curl and scripts in any language.
---
---     GET  /sim/devices
---     GET  /sim/device/Kitchen/Lamp                       id, name or zone/name
---     POST /sim/device/Kitchen/Lamp/capability/onoff      {"value": true}
---     POST /sim/answer                                    {"path": "/api/...", "reply": ...}
---     POST /sim/command                                   a command of the console: drop 30 s
local core = require "homey.core"
local actions = require "homey.sim.control.actions"
local console = require "homey.sim.control.console"
local encoding = require "homey.sim.http.encoding"
local response = require "homey.sim.http.response"

local http_control = {}

local function refuse(status, message) return response.failure(status, "refused", message) end

local function devices(context)
  local out = setmetatable({}, core.array)
  for _, device in pairs(context.model.data.devices) do
    local values = {}
    for id, capability in pairs(device.capabilitiesObj) do values[id] = capability.value end
    out[#out + 1] = {
      id = device.id, name = console.name(context, device), class = device.class, values = values,
    }
  end
  table.sort(out, function(a, b) return a.name < b.name end)
  return response.json(200, out)
end

local function device(context, _, _, ref)
  local found = context.model:device(ref)
  if found then return response.json(200, found) end
  return refuse(404, "the home has no device '" .. ref .. "'.")
end

local function operate(context, server, body, ref, capability)
  local given = core.decode(body)
  if type(given) ~= "table" or given.value == nil then
    return refuse(400, 'the body must be JSON: {"value": ...}.')
  end
  local args = { device = ref, capability = capability, value = given.value }
  local ok, problem = pcall(actions.operate, context, args, server)
  if not ok then return refuse(400, tostring(problem)) end
  return device(context, server, body, ref)
end

local function command(context, server, body)
  local lines = {}
  local ok = console.run(context, server, body, function(line) lines[#lines + 1] = line .. "\n" end)
  return response.text(ok and 200 or 400, "text/plain; charset=utf-8", table.concat(lines))
end

local function answer(context, _, body)
  local given = core.decode(body)
  local ok, problem = pcall(actions.answer, context, given)
  if not ok then return refuse(400, tostring(problem)) end
  return response.json(200, true)
end

local routes = {
  { "POST", "^/sim/answer$", answer },
  { "GET", "^/sim/devices$", devices },
  { "POST", "^/sim/device/(.+)/capability/([^/]+)$", operate },
  { "GET", "^/sim/device/(.+)$", device },
  { "POST", "^/sim/command$", command },
}

local function call(route, context, server, req, first, second)
  if not first then return nil end
  local handle = route[3]
  return handle(context, server, req.body, encoding.unescape(first),
    encoding.unescape(second or ""))
end

--- The answer to a request.
---@param context homey.sim.Context
---@param server homey.sim.Server
---@param req homey.sim.Request
---@return homey.sim.Response?  nil where the path does not start with /sim/
function http_control.answer(context, server, req)
  if not req.path:find("^/sim/") then return nil end
  for _, route in ipairs(routes) do
    if route[1] == req.method then
      local reply = call(route, context, server, req, req.path:match(route[2]))
      if reply then return reply end
    end
  end
  return refuse(404, "unknown path. There are /sim/devices, /sim/device/NAME, "
    .. "/sim/device/NAME/capability/ID, /sim/answer and /sim/command.")
end

return http_control
