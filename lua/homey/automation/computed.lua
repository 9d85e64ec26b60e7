-- Computed values: results of a function of the user, which is called again after each change of a
-- dependency. Each call is a task, so it may wait. After an error, which is logged, the value
-- stays.

local Scope = require "homey.task.scope"
local Task = require "homey.task.task"
local Value = require "homey.automation.value"
local call_site = require("homey.util.call_site").line
local fiber = require "homey.task.fiber"
local invalid = require "homey.util.invalid"
local raise = require "homey.util.raise"
local try = require "homey.task.try"
local watchdog = require "homey.task.watchdog"

---@class homey.Computation
---@field f function
---@field scope homey.Scope     of the script that made the value
---@field changed fun(event: table)
---@field value any
---@field is_known boolean      it was computed once
---@field is_running boolean    a call of the function has not ended
---@field again? table          an event that arrived during the call
local Computation = {}
Computation.__index = Computation

local compute

-- The first value is not a change: no handler is called.
local function done(self, event)
  local is_first = not self.is_known
  self.is_known, self.is_running = true, false
  self.changed(is_first and { base = true } or event)
  local again = self.again
  self.again = nil
  if again then compute(self, again) end
end

function compute(self, event)
  if self.is_running or self.scope.closed then
    self.again = event
    return
  end
  self.is_running = true
  Task.start(self.scope.scheduler, {
    scope = self.scope, logged = true, cause = event.cause,
    ended = function() done(self, event) end,
  }, function() self.value = self.f() end)
end

local computed = {}

--- A value that a function computes.
---@param home homey.Home
---@param f fun(): any
---@param follows (fun(changed: fun(event: table)): fun())[]  one for each thing that it depends on
---@return homey.Value
function computed.new(home, f, follows)
  watchdog.tame(f)
  local self = setmetatable({
    f = f, scope = Scope.current(home.scheduler), is_known = false, is_running = false,
  }, Computation)
  local source = {}

  function source.facts() return {} end

  function source.follow(changed)
    local stops = {}
    self.changed, self.is_known, self.value = changed, false, nil
    for i, follow in ipairs(follows) do
      stops[i] = follow(function(event) compute(self, event) end)
    end
    compute(self, {})
    return function()
      self.changed = function() end
      for _, stop in ipairs(stops) do stop() end
    end
  end

  function source.now() return self.value end

  -- A function that reads its own value would never end. Another task may read it meanwhile.
  local readers = setmetatable({}, { __mode = "k" })

  function source.read()
    local root, task = fiber.current()
    local reader = task or root or source
    if readers[reader] then invalid("the function of a value reads the value itself.") end
    readers[reader] = true
    local value, err = try(f)
    readers[reader] = nil
    if err ~= nil then raise(err) end
    return value
  end

  return Value.new(home, ("value(%s)"):format(call_site() or ""), source)
end

return computed
