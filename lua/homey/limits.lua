-- homey.limits{...}: how much harm a mistake may do.

local duration = require "homey.duration"
local invalid = require "homey.invalid"
local near = require "homey.near"
local show = require "homey.show"

local function a_count(name, value)
  if type(value) == "number" and value >= 1 and value == math.floor(value) and value < math.huge then return value end
  return invalid("the limit `%s` is a whole number of 1 or more, not %s.", name, show(value))
end

local function a_time(name, value)
  local seconds = duration(value, ("the limit `%s`"):format(name))
  if seconds == 0 then invalid("the limit `%s` is more than 0.", name) end
  return seconds
end

local checks = { compute = a_time, queued = a_count, per_second = a_count, per_minute = a_count }

--- Change limits; those that are left out stay as they are. All are checked before any is changed.
---@param reactor homey.Reactor
---@param limits {compute: number|string?, queued: integer?, per_second: integer?, per_minute: integer?}
return function(reactor, limits)
  if type(limits) ~= "table" then
    invalid("homey.limits takes a table such as { per_second = 20 }, not %s.", show(limits))
  end
  local checked = {}
  for name, value in pairs(limits) do
    local check = checks[name]
    if not check then invalid("there is no limit %s%s", show(name), near.hint(tostring(name), near.keys(checks))) end
    checked[name] = check(name, value)
  end
  for name, value in pairs(checked) do reactor.limits[name] = value end
end
