-- Several failures as one: what is raised when some of many calls made at once went wrong.

local new_error = require "homey.error"
local raise = require "homey.util.raise"

local listed = 5 -- failures that one sentence lists

local function summary(errors, count, what)
  local lines = {}
  for i = 1, math.min(#errors, listed) do lines[i] = errors[i].message end
  if #errors > listed then lines[#lines + 1] = ("And %d more."):format(#errors - listed) end
  local first = errors[1]
  return new_error(first.kind, ("%d of %d %s failed: %s"):format(#errors, count, what, table.concat(lines, " ")),
    { status = first.status, step = first.step, retry_after = first.retry_after, errors = errors })
end

-- A device that is out of reach says so for each of its capabilities: once is enough.
local function distinct(errors)
  local list, seen = {}, {}
  for _, err in ipairs(errors) do
    if not seen[err.message] then list[#list + 1] = err end
    seen[err.message] = true
  end
  return list
end

--- Raise what went wrong, if anything did: one error as it is, several as one that holds them in `errors`.
---@param errors homey.Error[]
---@param count integer  calls made
---@param what string    what they are called, "changes"
return function(errors, count, what)
  local list = distinct(errors)
  if #list == 1 then raise(list[1]) end
  if #list > 1 then raise(summary(list, count, what)) end
end
