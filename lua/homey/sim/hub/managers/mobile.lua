--- Mobile app: the summary that it shows.

---@type homey.sim.Handlers
local mobile = {}

local function count(list)
  local n = 0
  for _ in pairs(list) do n = n + 1 end
  return n
end

mobile.getSummary = function(call)
  return call:ok {
    devices = count(call.data.devices), flows = count(call.data.flows),
    notifications = count(call:list "notifications"), users = count(call.data.users),
  }
end

return mobile
