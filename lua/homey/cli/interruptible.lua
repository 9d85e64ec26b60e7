-- Signals during a command: Ctrl-C, SIGTERM and SIGHUP end it in an orderly way. If the process
-- ended at once while a refresh token is being rotated, the login would be lost: its end waits for
-- that.

local Scheduler = require "homey.task.scheduler"
local Task = require "homey.task.task"
local system = require "homey.system"

local codes = { HUP = 129, INT = 130, TERM = 143 } -- as in a shell: 128 + the signal

-- Waits until the task ends, or a signal arrives: its name.
local function wait_for(task, signals)
  local core_loop = task.scheduler.core_loop
  local descriptors, name = { core_loop:fd(), signals:fd() }, nil
  while not task:finished() and not name do
    system.poll(descriptors, core_loop:timeout())
    task.scheduler:step()
    name = signals:next()
  end
  return not task:finished() and name or nil
end

--- Run a function that waits for the hub. A second signal kills the process.
---@param f fun(): any
---@return any result
---@return integer? code  exit code where a signal came first
return function(f)
  local signals = system.signals { "INT", "TERM", "HUP" }
  if not signals then return f() end
  local scheduler = Scheduler.shared()
  scheduler.limits.compute = nil -- nothing else waits: a long list may take its time
  local task = Task.start(scheduler, { watched = true }, f)
  local name = wait_for(task, signals)
  signals:close()
  if name then return nil, codes[name] end
  if task.status == "failed" then error(task:failure(), 0) end
  return task:wait()
end
