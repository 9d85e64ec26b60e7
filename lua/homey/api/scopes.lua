-- Scopes of operations: what a login must be allowed to do. A scope includes those below it, so
-- homey.flow includes homey.flow.start, and the scope "homey" includes all.

local scopes = {}

-- Manager -> its part of a scope. The scopes of other managers are not published.
local things = {
  alarms = "alarm", apps = "app", dashboards = "dashboard", devices = "device", energy = "energy",
  flow = "flow", geolocation = "geolocation", insights = "insights", logic = "logic",
  moods = "mood", notifications = "notifications", presence = "presence", system = "system",
  updates = "updates", users = "user", zones = "zone",
}

-- Operations that change something and need less than the whole scope of their manager.
local less = {
  setCapabilityValue = "control", triggerFlow = "start", triggerAdvancedFlow = "start",
  setMood = "set",
}

-- Operations that need no scope: they begin a session, or tell whether the hub is there.
local free = { login = true, loginLocal = true, ping = true }

--- The scope that an operation needs.
---@param row homey.api.Operation
---@return string?  nil when it needs none, or when that is not known
function scopes.of(row)
  local thing = things[row.manager]
  if not thing or free[row.operation] then return nil end
  local part = row.method == "GET" and "readonly" or less[row.operation]
  return "homey." .. thing .. (part and "." .. part or "")
end

return scopes
