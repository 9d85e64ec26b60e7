-- homey.api: every public operation of the hub by its official name, grouped by manager:
-- homey.api.devices.getDevice{ id = ... }. Printing homey.api or a manager lists what it has.
--
-- Managers and operations are made when they are first named.

local Operation = require "homey.api.operation"
local invalid = require "homey.util.invalid"
local lazy = require "homey.util.lazy"
local operations = require "homey.api.operations"
local parameters = require "homey.api.parameters"

local suggest = lazy "homey.util.suggest"

local Api = { __name = "homey.api" }
local Manager = { __name = "homey.api.Manager" }

local widest = 80 -- columns of a list

-- What a table knows, by the table itself: its fields are the names that a user types.
local facts = setmetatable({}, { __mode = "k" })

local function concat(a, b) return tostring(a) .. tostring(b) end

local function refuse_assignment(self, key)
  invalid("'%s' is not set in %s: it has the operations of the hub, and nothing else.",
    tostring(key), facts[self].what)
end

-- Inspecting tools look for names such as __index or _NAME.
local function is_probe(name)
  return type(name) ~= "string" or name:find "^_" ~= nil
end

-- ---- managers -----------------------------------------------------------------------------------

-- The names of the operations, each once, and a row of each.
local function names_of(manager, platform)
  local names, rows = {}, {}
  for _, row in ipairs(operations.of(manager, platform)) do
    if not rows[row.operation] then names[#names + 1] = row.operation end
    rows[row.operation] = row
  end
  return names, rows
end

function Manager.__index(self, name)
  if is_probe(name) then return nil end
  local known = facts[self]
  local names, rows = names_of(known.manager)
  if not rows[name] then
    invalid("%s has no operation '%s'%s print(%s) lists all.", known.what, name,
      suggest.hint(name, names), known.what)
  end
  local operation = Operation.new {
    what = known.what .. "." .. name, manager = known.manager, operation = name, owner = self,
    home_of = known.home_of,
  }
  rawset(self, name, operation)
  return operation
end

function Manager.__tostring(self)
  local known = facts[self]
  local names, rows = names_of(known.manager, Operation.known_platform(known.home_of))
  local lines = { ("%s: %d operations"):format(known.what, #names) }
  for _, name in ipairs(names) do
    lines[#lines + 1] = "  " .. name .. parameters.signature(rows[name], false)
  end
  return table.concat(lines, "\n")
end

Manager.__newindex, Manager.__concat = refuse_assignment, concat

local function new_manager(what, manager, home_of)
  local self = setmetatable({}, Manager)
  facts[self] = { what = what, manager = manager, home_of = home_of }
  return self
end

-- ---- all ----------------------------------------------------------------------------------------

-- The names of the managers as they are typed: speech_output stands for speech-output.
local function typed_names()
  local names = {}
  for i, name in ipairs(operations.managers()) do names[i] = name:gsub("%-", "_") end
  return names
end

function Api.__index(self, name)
  if is_probe(name) then return nil end
  local known, official = facts[self], name:gsub("_", "-")
  if not operations.of(official) then
    invalid("%s has no manager '%s'%s print(%s) lists all.", known.what, name,
      suggest.hint(name, typed_names()), known.what)
  end
  local manager = new_manager(known.what .. "." .. name:gsub("%-", "_"), official, known.home_of)
  rawset(self, name, manager)
  return manager
end

function Api.__tostring(self)
  local managers = typed_names()
  local lines, line = { ("%s: %d managers"):format(facts[self].what, #managers) }, " "
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

Api.__newindex, Api.__concat = refuse_assignment, concat

--- Make the table of all managers.
---@param home_of fun(needed: boolean?): homey.Home?  the home that is called; when it is needed and
---   there is none it raises an error
---@return homey.Api
return function(home_of)
  local self = setmetatable({}, Api)
  facts[self] = { what = "homey.api", home_of = home_of }
  return self
end
