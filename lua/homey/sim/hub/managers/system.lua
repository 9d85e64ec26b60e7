--- System: ping, the hub's name, and what it says of itself.
local encoding = require "homey.sim.http.encoding"

---@type homey.sim.Handlers
local system = {}

local fatal = { subscription = "Subscription Inactive", serial = "Invalid Serial Number" }

system.ping = function(call)
  local set = call.context.settings
  if set.fatal then return call:refuse(403, fatal[set.fatal]) end
  return call:ok(call.args.id == nil or call.args.id == call.context:id_at_address())
end

system.getInfo = function(call)
  local homey, context = call.data.homey, call.context
  return call:ok {
    hostname = "homey-" .. context.hub_id, homeyVersion = context:version(),
    platform = homey.platform, homeyModelId = call.version == 2 and "homey4s" or "homey5q",
    homeyModelName = call.version == 2 and "Homey (2016-2019)" or "Homey Pro",
    language = homey.language or "en", date = encoding.iso(context.state.now()),
    uptime = 864000, cloudConnected = true,
  }
end

system.getSystemName = function(call) return call:ok(call.data.homey.name) end

system.setSystemName = function(call)
  call.data.homey.name = call.args.name
  return call:ok()
end

local megabyte = 1048576

system.getMemoryInfo = function(call)
  local types = { homey = { size = 256 * megabyte } }
  for id, app in pairs(call:list "apps") do
    local usage = type(app.usage) == "table" and app.usage or {}
    types[id] = { name = app.name, size = usage.mem or 30 * megabyte }
  end
  return call:ok { total = 2048 * megabyte, free = 1024 * megabyte, swap = 0, types = types }
end

system.getMemoryInfoTotal = function(call)
  return call:ok { total = 2048 * megabyte, free = 1024 * megabyte }
end

system.getStorageInfo = function(call)
  return call:ok { total = 8192 * megabyte, free = 4096 * megabyte, types = {} }
end

system.getStorageInfoTotal = function(call)
  return call:ok { total = 8192 * megabyte, free = 4096 * megabyte }
end

return system
