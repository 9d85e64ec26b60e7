-- Waits in a coroutine of cqueues for a task of homey, so that a route can wait for the hub.

local Condition = require "cqueues.condition"
local Task = require "homey.task.task"
local new_error = require "homey.error"

local patience = 60 -- seconds; longer than the timeouts of the calls in the task

local unpack = table.unpack or unpack -- luacheck: compat

--- Call f as a task, and wait for its end.
---@param scope homey.Scope   that the task belongs to
---@param fields {cause: homey.Cause?}  further fields of the task
---@param f function
---@param ... any  its arguments
---@return any result  nil when it has failed
---@return any err
return function(scope, fields, f, ...)
  local ended = Condition.new()
  fields.scope, fields.watched = scope, true
  function fields.ended() ended:signal() end
  local task = Task.start(scope.scheduler, fields, f, ...)
  if not task:finished() then ended:wait(patience) end
  if task.status == "done" then return unpack(task.results, 1, task.count) end
  if not task:finished() then task:cancel() end
  return nil, task.err or new_error("timeout", "this took too long. Try again.")
end
