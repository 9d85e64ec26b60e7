-- Handle: cancels a trigger or timer. on, every, at and after return it.

local arguments = require "homey.util.arguments"
local lifecycle = require "homey.task.lifecycle"

---@class homey.Handle
---@field active boolean    false when it was cancelled
---@field what string       description of the trigger or timer
---@field package handler? homey.Handler  what it calls
---@field package due? fun(): number?     when it calls that next, where the time is known
local Handle = { __name = "homey.Handle" }
Handle.__index = Handle

--- Make a handle that belongs to a scope.
---@package
---@param scope homey.Scope
---@param what string
---@param stop fun()       stops the trigger or timer
---@param home? homey.Home  closing this home cancels the handle, too
---@param idle? boolean      it calls nothing later, so homey.run does not wait for it
---@return homey.Handle
function Handle.new(scope, what, stop, home, idle)
  local handle =
    setmetatable({ active = true, what = what, scope = scope, stop = stop, home = home }, Handle)
  handle.weight = idle and 0 or 1
  scope:add(handle)
  if home then home.handles[handle] = true end
  if scope.scheduler.is_shared then lifecycle.warn_if_never_run(scope.scheduler) end
  scope.scheduler.active_handles = scope.scheduler.active_handles + handle.weight
  return handle
end

function Handle:__tostring()
  return ("homey.Handle: %s%s"):format(self.what, self.active and "" or " (cancelled)")
end

--- Cancel the trigger or timer: its function is not called again. A running call continues.
function Handle:cancel()
  if not self.active then return end
  self.active = false
  self.scope:remove(self)
  self.scope.scheduler.active_handles = self.scope.scheduler.active_handles - self.weight
  if self.home then self.home.handles[self] = nil end
  self.stop()
end

--- The time of the next call, of `at`, `every` and `after`.
---@return number?  seconds since 1970; nil for what no clock calls, and when no call follows
function Handle:next()
  return self.active and self.due and self.due() or nil
end

return arguments.check_methods(Handle, Handle, "handle", "cancel/0 next/0")
