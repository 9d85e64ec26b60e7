-- Failure of a task: makes its traceback and its text for the log, and reports it.

local log_throttle = require "homey.task.log_throttle"
local ours = require("homey.util.call_site").folder
local error_text = require "homey.util.error_text"

local task_failure = {}

local nothing = {}

-- ---- the traceback ------------------------------------------------------------------------------

local function is_ours(info)
  return info.what == "C" or info.what == "tail"
    or ours ~= nil and info.source:sub(1, #ours) == ours
end

local function name_of(info)
  if info.what == "main" then return "in main chunk" end
  if info.name then return ("in function '%s'"):format(info.name) end
  return ("in function <%s:%d>"):format(info.short_src, info.linedefined)
end

-- The stack of a coroutine without the frames of homey; "" if no other is left.
local function traceback_of_program(co)
  local lines, level = {}, 0
  local info = debug.getinfo(co, level, "Sln")
  while info do
    if not is_ours(info) then
      lines[#lines + 1] = ("\t%s:%d: %s"):format(info.short_src, info.currentline, name_of(info))
    end
    level = level + 1
    info = debug.getinfo(co, level, "Sln")
  end
  if #lines == 0 then return "" end
  return "stack traceback:\n" .. table.concat(lines, "\n")
end

--- The stack of a coroutine that has raised an error. For an error object of homey, the frames of
--- the library are left out, since the cause is not in the library.
---@param co thread
---@param err any
---@return string
function task_failure.traceback(co, err)
  if type(err) == "table" and err.kind then return traceback_of_program(co) end
  return debug.traceback(co)
end

--- The error of a task, with the place where it was raised.
---@param task homey.Task
---@return any
function task_failure.of(task)
  local err = task.err
  if type(err) == "table" and err.kind then
    err.traceback = err.traceback or task.traceback
    return err
  end
  local text, speaks = error_text(err)
  return speaks and err or text .. "\n" .. task.traceback
end

-- ---- the report ---------------------------------------------------------------------------------

-- Place, message and traceback. An error from the state of the hub, such as one that is off, has no
-- traceback: it is not a mistake in the program.
local function log_text(task, err)
  if type(err) == "string" then return err end
  local object = type(err) == "table" and err.kind and err or nothing
  local sentence, place = error_text(err), object.where and object.where .. ": " or ""
  if sentence:sub(1, #place) ~= place then sentence = place .. sentence end
  local frames = object.traceback or task.traceback
  if log_throttle.is_expected(err) or frames == "" then return sentence end
  return sentence .. "\n" .. frames
end

-- Logs a failure. Failures of the hub are throttled, since a handler will meet them again.
local function log_failure(task, err)
  local scope, text = task.scope, log_text(task, err)
  if not log_throttle.is_expected(err) then return scope:log("error", text) end
  local cause = task:get_cause()
  local place = err.where or cause and cause.handler or "a task"
  log_throttle.say(task.scheduler, ("%s %s"):format(tostring(scope.name), place), "error", text,
    scope:logger())
end

--- Call the listeners to "error". A listener that fails does not call them again.
---@param task homey.Task
---@param err any
function task_failure.notify_listeners(task, err)
  local cause = task:get_cause()
  if cause and cause.of_error then return end
  local listeners = task.scheduler.error_listeners
  if listeners then listeners:notify("error", err, task) end
end

--- Report the failure of a task that nobody waited for: to the log of its script and to the
--- listeners, or to the program that runs the loop.
---@param task homey.Task
function task_failure.report(task)
  if not task.logged then return task.scheduler:add_failure(task) end
  local err = task_failure.of(task)
  local was_logged = type(err) == "table" and err.logged
  if not was_logged then log_failure(task, err) end
  if task.scope.on_error then task.scope.on_error(err) end
  if not was_logged then task_failure.notify_listeners(task, err) end
end

return task_failure
