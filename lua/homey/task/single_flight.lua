-- What several tasks want at the same time is done once, for all of them: fifty scripts that start together read the
-- lists of a home but once.
--
-- Kept true: it goes on for the others when one of those who wait is cancelled.

local Task = require "homey.task.task"

local going_on = setmetatable({}, { __mode = "k" }) -- whose it is -> key -> the task that does it

--- The results of f(...), or what it raises: of the call that goes on already under this key, where one does.
---@param owner table
---@param key string
---@param scheduler homey.Scheduler
---@param f function
---@param ... any
---@return any ...
return function(owner, key, scheduler, f, ...)
  local tasks = going_on[owner] or {}
  going_on[owner] = tasks
  local task = tasks[key]
  if not task then
    task = Task.start(scheduler, { watched = true, ended = function() tasks[key] = nil end }, f, ...)
    if not task:finished() then tasks[key] = task end
  end
  return task:wait()
end
