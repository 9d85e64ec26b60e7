-- Autosave: persists what has changed, at most once a second while something runs, and when a
-- script, a home or homey.run ends.
--
-- Invariant: nothing is looked at, and no timer runs, while nothing happens; an autosave keeps
-- neither the program nor its home alive. When it is collected, at the latest when the Lua state is
-- closed, it saves for the last time.

local lifecycle = require "homey.task.lifecycle"

local pause = 1 -- seconds between two saves
-- least seconds from a change to its save, so that one save takes several changes
local delay = 0.05

---@class homey.Autosave
---@field scheduler homey.Scheduler
---@field save fun()  writes what has changed since it was last called, if anything has
local Autosave = { __name = "homey.Autosave" }
Autosave.__index = Autosave

--- An autosave that is active at once.
---@param scheduler homey.Scheduler
---@param save fun()
---@return homey.Autosave
function Autosave.new(scheduler, save)
  local self = setmetatable({ scheduler = scheduler, save = save, saved_at = -math.huge }, Autosave)
  self.guard = lifecycle.on_collect(function()
    if not self.closed then save() end
  end)
  scheduler:add_autosave(self)
  return self
end

function Autosave:__tostring()
  return "homey.Autosave"
end

--- Save within a second, as something has run.
function Autosave:schedule()
  if self.timer then return end
  local left = math.max(self.saved_at + pause - self.scheduler.core_loop:now(), delay)
  self.timer = self.scheduler:background_timer(left, function() self:flush() end)
end

--- Save now.
function Autosave:flush()
  if self.timer then self.timer() end
  self.timer = nil
  self.saved_at = self.scheduler.core_loop:now()
  self.save()
end

--- Save for the last time.
function Autosave:close()
  if self.closed then return end
  self:flush()
  self.closed = true
  self.scheduler:remove_autosave(self)
end

return Autosave
