-- Methods of a home that are loaded when they are first called. Each kind of resource that people
-- name has two: home:zone(ref) and home:zones(). Any other has a row here, and its function in a
-- module of this folder. All of them are functions of the module, too.

local arguments = require "homey.util.arguments"
local hub_operation = require("homey.util.lazy") "homey.api.hub_operation"
local resource_types = require "homey.model.resource_types"

---@class homey.HomeMethod
---@field most integer  how many arguments it takes
---@field module? string  in this folder: a table with the function under the method's name
---@field f? fun(home: homey.Home, ...): any

---@type table<string, homey.HomeMethod>
local rows = {
  access_tokens = { most = 0, module = "homey.home.hub" },
  create_access_token = { most = 1, module = "homey.home.hub" },
  create_dashboard = { most = 1, module = "homey.home.create" },
  forecast = { most = 0, module = "homey.home.hub" },
  ledring = { most = 0, module = "homey.home.hub" },
  session = { most = 0, module = "homey.home.hub" },
  sessions = { most = 0, module = "homey.home.hub" },
  system = { most = 0, module = "homey.home.hub" },
  updates = { most = 0, module = "homey.home.hub" },
  weather = { most = 0, module = "homey.home.hub" },
  create_alarm = { most = 1, module = "homey.home.create" },
  create_variable = { most = 1, module = "homey.home.create" },
  create_zone = { most = 1, module = "homey.home.create" },
  flows = { most = 1, module = "homey.home.flows" },
  notifications = { most = 0, module = "homey.home.notifications" },
  remove_notifications = { most = 1, module = "homey.home.notifications" },
  create_flow = { most = 1, module = "homey.home.flows" },
  create_folder = { most = 1, module = "homey.home.flows" },
  cards = { most = 1, module = "homey.home.cards" },
  action = { most = 3, module = "homey.home.cards" },
  condition = { most = 3, module = "homey.home.cards" },
  notify = { most = 1, module = "homey.home.messages" },
  push = { most = 2, module = "homey.home.messages" },
  say = { most = 2, module = "homey.home.messages" },
  now = { most = 0, module = "homey.home.clock" },
  date = { most = 2, module = "homey.home.clock" },
  sun = { most = 1, module = "homey.home.clock" },
  energy = { most = 1, module = "homey.home.energy" },
  electricity_prices = { most = 1, module = "homey.home.energy" },
  value = { most = 2, module = "homey.home.values" },
}

-- Refuses a kind of resources that the hub does not have.
local function check_hub(home, kind)
  local row = resource_types[kind]
  if not row.partial then return end
  hub_operation.find(home, row.manager, row.items[1].all, "homey." .. row.plural)
end

-- The method that finds one resource of a kind by its id or name.
local function finder(kind)
  return {
    most = 1,
    f = function(home, ref)
      check_hub(home, kind)
      return home.directory:find(kind, ref)
    end,
  }
end

-- The method that lists all resources of a kind.
local function lister(kind)
  return {
    most = 0,
    f = function(home)
      check_hub(home, kind)
      return home.directory:all(kind)
    end,
  }
end

for kind, row in pairs(resource_types()) do
  if row.plural then
    rows[row.singular or kind] = rows[row.singular or kind] or finder(kind)
    rows[row.plural] = rows[row.plural] or lister(kind)
  end
end

local methods = { rows = rows }

--- Add a method to the class of homes.
---@param Home table
---@param name any
---@return function?  nil when there is no such method
function methods.add(Home, name)
  local row = rows[name]
  if not row then return nil end
  Home[name] = row.f or require(row.module)[name]
  arguments.check_methods(Home, Home, "home", ("%s/%d"):format(name, row.most))
  return Home[name]
end

--- The names of all methods, separated by spaces.
---@return string
function methods.names()
  local names = {}
  for name in pairs(rows) do names[#names + 1] = name end
  return table.concat(names, " ")
end

return methods
