-- Signals during a command: Ctrl-C, SIGTERM and SIGHUP end it in an orderly way. If the process
-- ended at once while a refresh token is being rotated, the login would be lost: its end waits for
-- that.

local Scheduler = require "homey.task.scheduler"
local Task = require "homey.task.task"
local lazy = require "homey.util.lazy"
local new_error = require "homey.error"
local system = require "homey.system"

local Progress = lazy "homey.cli.progress"

local codes = { HUP = 129, INT = 130, TERM = 143 } -- as in a shell: 128 + the signal

-- Waits until the task ends, a signal arrives, or the time is over: its name, or "late".
local function wait_for(task, signals, limit, progress)
  local core_loop = task.scheduler.core_loop
  local descriptors, name = { core_loop:fd(), signals and signals:fd() }, nil
  local ends = limit and core_loop:now() + limit
  while not task:finished() and not name do
    local pause = core_loop:timeout()
    if ends then
      local left = math.max(ends - core_loop:now(), 0)
      pause = math.min(pause or left, left)
      if left == 0 then name = "late" end
    end
    if progress then pause = progress:pause(core_loop:now(), pause) end
    system.poll(descriptors, pause)
    task.scheduler:step()
    if progress then progress:show(core_loop:now()) end
    name = signals and signals:next() or name
  end
  return not task:finished() and name or nil
end

local function late(limit)
  error(new_error("timeout", ("the command has not ended within %g s."):format(limit)), 0)
end

--- Run a function that waits for the hub. A second signal kills the process.
---@param f fun(): any
---@param limit? number  seconds: an error of kind `timeout` where it takes longer
---@param is_shown? boolean  a sign on the terminal says that it waits
---@return any result
---@return integer? code  exit code where a signal came first
return function(f, limit, is_shown)
  local signals = system.signals { "INT", "TERM", "HUP" }
  local scheduler = Scheduler.shared()
  scheduler.limits.compute = nil -- nothing else waits: a long list may take its time
  local task = Task.start(scheduler, { watched = true }, f)
  local progress = is_shown and system.isatty(2) and Progress.start(scheduler.core_loop:now())
  local name = wait_for(task, signals, limit, progress)
  if progress then progress:stop() end
  if signals then signals:close() end
  if name == "late" then late(limit) end
  if name then return nil, codes[name] end
  if task.status == "failed" then error(task:failure(), 0) end
  return task:wait()
end
