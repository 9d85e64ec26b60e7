-- Error summary: raises the errors of several parallel calls as one.

local new_error = require "homey.error"
local raise = require "homey.util.raise"

local listed = 5 -- failures that one sentence lists

local function summary(errors, count, what)
  local lines = {}
  for i = 1, math.min(#errors, listed) do lines[i] = errors[i].message end
  if #errors > listed then lines[#lines + 1] = ("And %d more."):format(#errors - listed) end
  local first = errors[1]
  return new_error(first.kind,
    ("%d of %d %s failed: %s"):format(#errors, count, what, table.concat(lines, " ")),
    { status = first.status, step = first.step, retry_after = first.retry_after, errors = errors })
end

-- A device that is out of reach fails with the same message for each of its capabilities.
local function distinct(errors)
  local list, seen = {}, {}
  for _, err in ipairs(errors) do
    if not seen[err.message] then list[#list + 1] = err end
    seen[err.message] = true
  end
  return list
end

--- Raise the errors, if there are any: one as it is, several as one that has them in `errors`.
---@param errors homey.Error[]
---@param count integer  number of calls
---@param what string    their name: "changes"
return function(errors, count, what)
  local list = distinct(errors)
  if #list == 1 then raise(list[1]) end
  if #list > 1 then raise(summary(list, count, what)) end
end
