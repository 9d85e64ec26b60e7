--- Z-Wave: its log.
local build = require "homey.sim.home.build"

---@type homey.sim.Handlers
local zwave = {}

zwave.getLog = function(call)
  return call:ok { enabled = call.data.zwave_log == true, entries = build.array() }
end

zwave.setLogEnabled = function(call)
  call.data.zwave_log = call.args.enabled
  return call:ok()
end

return zwave
