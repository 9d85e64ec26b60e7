-- The function `where` of a filter, called while events are handled. An error there has no caller:
-- it is logged as an error of its script, once for each device, and the previous result is kept.

local Task = require "homey.task.task"
local fiber = require "homey.task.fiber"
local invalid = require "homey.util.invalid"
local watchdog = require "homey.task.watchdog"

--- Make a function that calls `where` and raises no error.
---@param scope homey.Scope  of the script that gave it
---@param where fun(device: homey.Device): any
---@param before? fun(device: homey.Device): any  result after an error; nil: no match
---@return fun(device: homey.Device): any
return function(scope, where, before)
  watchdog.tame(where)
  local failed = setmetatable({}, { __mode = "k" }) -- devices for which it is logged once

  local function report()
    Task.start(scope.scheduler, { scope = scope, logged = true }, invalid,
      "a function `where` cannot wait: it gets the last known values, such as "
        .. "device.capabilities.onoff.value.")
  end

  return function(device)
    local answer, is_done, is_over
    local task = Task.start(scope.scheduler, { scope = scope, logged = true }, function()
      local ok, result = fiber.pcall(where, device)
      answer, is_done = result, ok
      if not (ok or is_over or failed[device]) then error(result, 0) end
    end)
    is_over = true
    if not task:finished() then
      task:cancel()
      if not failed[device] then report() end
    end
    failed[device] = not is_done or nil
    if is_done then return answer end
    return before and before(device)
  end
end
