-- Handle: what on, every, at and after return, to cancel a trigger or timer.

local arguments = require "homey.util.arguments"
local lifecycle = require "homey.task.lifecycle"

---@class homey.Handle
---@field active boolean    false once it was cancelled
---@field what string       what it waits for, in words
local Handle = { __name = "homey.Handle" }
Handle.__index = Handle

--- A handle that belongs to a scope.
---@package
---@param scope homey.Scope
---@param what string
---@param stop fun()       ends what it stands for
---@param home? homey.Home  whose closing ends it too
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

--- Cancel it: the function is not called any more. A call that runs continues.
function Handle:cancel()
  if not self.active then return end
  self.active = false
  self.scope:remove(self)
  self.scope.scheduler.active_handles = self.scope.scheduler.active_handles - self.weight
  if self.home then self.home.handles[self] = nil end
  self.stop()
end

return arguments.check_methods(Handle, Handle, "handle", "cancel/0")
