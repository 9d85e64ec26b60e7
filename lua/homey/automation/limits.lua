-- Limits of scripts, homey.limits{...}: compute time, calls of a handler, changes of a device.
--
-- Invariant: a limit applies to all scripts until the script that set it ends. When several scripts
-- set the same limit, the last one counts.

local Scope = require "homey.task.scope"
local option_tables = require "homey.automation.options"
local options = require "homey.util.options"

---@class homey.LimitsSaid  the limits that one script has set
---@field scope homey.Scope
---@field limits table<string, number>

local function put(limits, into)
  for name, value in pairs(limits) do into[name] = value end
  return into
end

-- Changes the scheduler's table in place, since other modules hold a reference to it.
local function apply(scheduler)
  put(scheduler.limits_said.default, scheduler.limits)
  for _, said in ipairs(scheduler.limits_said) do put(said.limits, scheduler.limits) end
end

-- Removes the limits that a scope has set, and returns them.
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

--- Change limits; a limit that is left out stays as it is. All are checked before any is changed.
---@param scheduler homey.Scheduler
---@param limits homey.LimitOptions
return function(scheduler, limits)
  local checked = options.read(option_tables.limits, limits)
  local scope, all = Scope.current(scheduler),
    scheduler.limits_said or { default = put(scheduler.limits, {}) }
  scheduler.limits_said = all
  local said = take_out(all, scope) or first_of(scope)
  put(checked, said.limits)
  table.insert(all, said)
  apply(scheduler)
end
