-- homey.api: every public operation of the hub by its official name, grouped by manager:
-- homey.api.devices.getDevice{ id = ... }. Printing homey.api or a manager lists what it has.

local Operation = require "homey.api.operation"
local hub = require "homey.api.hub"
local invalid = require "homey.util.invalid"
local lazy = require "homey.util.lazy"
local names = require "homey.api.names"
local operations = require "homey.api.operations"
local parameters = require "homey.api.parameters"

local suggest = lazy "homey.util.suggest"

local widest = 80 -- columns of a list

-- ---- a manager ----------------------------------------------------------------------------------

-- The names of the operations, each once, and a row of each.
local function operations_of(manager, platform)
  local list, rows = {}, {}
  for _, row in ipairs(operations.of(manager, platform)) do
    if not rows[row.operation] then list[#list + 1] = row.operation end
    rows[row.operation] = row
  end
  return list, rows
end

local function make_operation(self, known, name)
  local list, rows = operations_of(known.manager)
  if not rows[name] then
    invalid("%s has no operation '%s'%s print(%s) lists all.", known.what, name,
      suggest.hint(name, list), known.what)
  end
  return Operation.new {
    what = known.what .. "." .. name, manager = known.manager, operation = name, owner = self,
    home_of = known.home_of, server = hub,
  }
end

local function list_operations(known)
  local list, rows = operations_of(known.manager, hub.known_platform(known.home_of))
  local lines = { ("%s: %d operations"):format(known.what, #list) }
  for _, name in ipairs(list) do
    lines[#lines + 1] = "  " .. name .. parameters.signature(rows[name], false)
  end
  return table.concat(lines, "\n")
end

local new_manager = names.class("homey.api.Manager", make_operation, list_operations)

-- ---- all managers -------------------------------------------------------------------------------

-- Their names as they are typed: speech_output stands for speech-output.
local function typed_names()
  local list = {}
  for i, name in ipairs(operations.managers()) do list[i] = name:gsub("%-", "_") end
  return list
end

local function make_manager(_, known, name)
  local typed, official = name:gsub("%-", "_"), name:gsub("_", "-")
  if not operations.of(official) then
    invalid("%s has no manager '%s'%s print(%s) lists all.", known.what, name,
      suggest.hint(name, typed_names()), known.what)
  end
  return new_manager {
    what = known.what .. "." .. typed, manager = official, home_of = known.home_of,
  }
end

local function list_managers(known)
  local managers = typed_names()
  local lines, line = { ("%s: %d managers"):format(known.what, #managers) }, " "
  for _, name in ipairs(managers) do
    if #line + #name >= widest then
      lines[#lines + 1] = line
      line = " "
    end
    line = line .. " " .. name
  end
  lines[#lines + 1] = line
  return table.concat(lines, "\n")
end

local new_api = names.class("homey.api", make_manager, list_managers)

--- Make the table of all managers.
---@param home_of fun(needed: boolean?): homey.Home?  the home that is called; when it is needed and
---   there is none it raises an error
---@return homey.Api
return function(home_of)
  return new_api { what = "homey.api", home_of = home_of }
end
