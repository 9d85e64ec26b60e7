-- homey.limits{...}: how much harm a mistake may do.
--
-- Kept true: the limits hold for all scripts; what a script has said of them holds until it ends; where several say
-- different things, the last one is heard.

local duration = require "homey.util.duration"
local Scope = require "homey.task.scope"
local invalid = require "homey.util.invalid"
local near = require "homey.util.suggest"
local show = require "homey.util.format"

local function a_count(name, value)
  if type(value) == "number" and value >= 1 and value == math.floor(value) and value < math.huge then return value end
  return invalid("the limit `%s` is a whole number of 1 or more, not %s.", name, show(value))
end

local function a_time(name, value)
  local seconds = duration.seconds(value, ("the limit `%s`"):format(name))
  if seconds == 0 then invalid("the limit `%s` is more than 0.", name) end
  return seconds
end

local checks = { compute = a_time, parallel = a_count, queued = a_count, per_second = a_count, per_minute = a_count }

---@class homey.LimitsSaid  what one script has said
---@field scope homey.Scope
---@field limits table<string, number>

local function put(limits, into)
  for name, value in pairs(limits) do into[name] = value end
  return into
end

-- The table stays the same: others look into it.
local function apply(scheduler)
  put(scheduler.limits_said.default, scheduler.limits)
  for _, said in ipairs(scheduler.limits_said) do put(said.limits, scheduler.limits) end
end

-- What a scope has said so far; nothing of it counts any more.
local function take_out(all, scope)
  for i, said in ipairs(all) do
    if said.scope == scope then return table.remove(all, i) end
  end
end

local function first_of(scope)
  local said = { scope = scope, limits = {} }
  function said.cancel()
    take_out(scope.scheduler.limits_said, scope)
    apply(scope.scheduler)
  end
  scope:add(said)
  return said
end

--- Change limits; those that are left out stay as they are. All are checked before any is changed.
---@param scheduler homey.Scheduler
---@param limits {compute: number|string?, parallel: integer?, queued: integer?, per_second: integer?, per_minute: integer?}
return function(scheduler, limits)
  if type(limits) ~= "table" then
    invalid("homey.limits takes a table such as { per_second = 20 }, not %s.", show(limits))
  end
  local checked = {}
  for name, value in pairs(limits) do
    local check = checks[name]
    if not check then invalid("there is no limit %s%s", show(name), near.hint(tostring(name), near.keys(checks))) end
    checked[name] = check(name, value)
  end
  local scope, all = Scope.current(scheduler), scheduler.limits_said or { default = put(scheduler.limits, {}) }
  scheduler.limits_said = all
  local said = take_out(all, scope) or first_of(scope)
  put(checked, said.limits)
  table.insert(all, said)
  apply(scheduler)
end
