-- Report of the failures of a call: raised as one error. When some devices of a selection were set,
-- the failures of the others are logged and returned instead.

local home_log = require "homey.task.home_log"
local raise_all = require "homey.write.error_summary"

local listed = 5 -- failures that one line lists

local function log_failures(home, failed, count, first)
  local lines = {}
  for i = 1, math.min(#failed, listed) do lines[i] = tostring(failed[i].error) end
  if #failed > listed then lines[#lines + 1] = ("And %d more."):format(#failed - listed) end
  local place = first.place or first.cause and first.cause.handler or ""
  home_log.throttled(home, ("changes %s %s"):format(place, first.device.id), "warning",
    ("%d of %d changes failed: %s"):format(#failed, count, table.concat(lines, " ")),
    home_log.of(home))
end

-- Marks the selections of which at least one device was set: their failures are not raised.
local function mark_taken(changes)
  for _, each in ipairs(changes) do
    if each.group and not each.failure then each.group.taken = true end
  end
end

--- Raise, or log and return, the failures of a call.
---@param home homey.Home
---@param changes homey.Write[]
---@return {device: homey.Device, error: homey.Error}[]  failures that are not raised
return function(home, changes)
  local errors, failed, first = {}, {}, nil
  mark_taken(changes)
  for _, each in ipairs(changes) do
    if each.failure and each.group and each.group.taken then
      failed[#failed + 1] = { device = each.device, error = each.failure }
      first = first or each
    else
      errors[#errors + 1] = each.failure
    end
  end
  if #failed > 0 then log_failures(home, failed, #changes, first) end
  if #errors > 0 then raise_all(errors, #changes, "changes") end
  return failed
end
