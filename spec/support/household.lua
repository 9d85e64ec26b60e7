--- House on a fake core loop with flows, variables and users, in the form of both versions.
local core = require "homey.core"
local houses = require "spec.support.house"
local advance = require "spec.support.advance"
local log = require "homey.util.log"

local null = core.null
local household = {}

local id = houses.id

household.night, household.rings, household.slow, household.again = id(21), id(22), id(23), id(24)
household.evening, household.late = id(31), id(32)
household.guests, household.mode, household.holiday = id(41), id(42), id(43)
household.vera, household.otto = id(51), id(52)

local lists = {
  flows = "/api/manager/flow/flow", advancedflows = "/api/manager/flow/advancedflow",
  flowfolders = "/api/manager/flow/flowfolder", variables = "/api/manager/logic/variable",
  users = "/api/manager/users/user",
}
household.lists = lists

local copy = houses.copy

local function flow(which, name, folder, more)
  local raw = {
    id = which, name = name, folder = folder or null, enabled = true, triggerable = true,
  }
  for key, value in pairs(more or {}) do raw[key] = value end
  return raw
end

local function contents(version)
  local broken
  if version == 2 then broken = false end -- version 3 has no such member
  return {
    flows = {
      flow(household.night, "Good night", household.evening, { broken = broken }),
      flow(household.rings, "Somebody rings", nil, { triggerable = false, broken = broken }),
      flow(household.again, "Slow sunrise", household.late, { enabled = false, broken = broken }),
    },
    advancedflows = { flow(household.slow, "Slow sunrise", household.evening, { cards = {} }) },
    flowfolders = {
      { id = household.evening, name = "Evening", parent = null },
      { id = household.late, name = "Late", parent = household.evening },
    },
    variables = {
      { id = household.guests, name = "Guests", type = "number", value = 2 },
      { id = household.mode, name = "House mode", type = "string", value = "home" },
      { id = household.holiday, name = "On holiday", type = "boolean", value = false },
    },
    users = {
      { id = household.vera, name = "Vera", role = "owner", present = true, asleep = false },
      { id = household.otto, name = "Otto", role = "user", present = false, asleep = null },
    },
  }
end

local function serve(self, name, items)
  local path, here = lists[name], {}
  self[name] = here
  self.core_loop:on("GET " .. path, function() return copy(here) end)
  for _, raw in ipairs(items) do
    here[raw.id] = raw
    self.core_loop:on("GET " .. path .. "/" .. raw.id, function()
      return copy(here[raw.id]) or self.missing
    end)
    self.core_loop:on("PUT " .. path .. "/" .. raw.id, function(request)
      for key, value in pairs(request.body) do here[raw.id][key] = value end
      return copy(here[raw.id])
    end)
    self.core_loop:on("POST " .. path .. "/" .. raw.id .. "/trigger", function()
      self.started[#self.started + 1] = raw.name
      return true
    end)
  end
end

--- A household: a house with flows=, advancedflows=, flowfolders=, variables=, users= of the hub by
--- id, and started= the names of started flows.
---@param version? integer  of the hub; 3
function household.new(version)
  local self = houses.new()
  self.started, self.missing = {},
    require("spec.support.fake_core_loop").fail("not_found", "the hub has no such item.", 404)
  for name, items in pairs(contents(version)) do serve(self, name, items) end
  self.core_loop:on("LOGIN ", {
    id = "hub", name = "House", api_version = version or 3, address = "http://192.168.1.2",
  })
  --- Advances the clock, and runs all that is due.
  function self.advance(seconds) advance(self.home, seconds) end
  --- Subscribes to a resource. Returns the list of the arguments of each call, and the handle.
  function self.heard_by(subject, ...)
    local heard, arguments = {}, { ... }
    arguments[#arguments + 1] = function(...) heard[#heard + 1] = { ... } end
    local handle = subject:on((table.unpack or unpack)(arguments)) -- luacheck: compat
    self.advance(1)
    return heard, handle
  end
  --- Subscribes to a capability. Returns the list of values and events: {value, event}.
  function self.values_of(resource, ...)
    local received, arguments = {}, { ... }
    arguments[#arguments + 1] = function(value, _, event)
      received[#received + 1] = { value, event }
    end
    resource:on((table.unpack or unpack)(arguments)) -- luacheck: compat
    self.advance(1)
    return received
  end
  --- Records the log as "level text", until `log.to()`.
  function self.record_log()
    local lines = {}
    log.to(function(level, line) lines[#lines + 1] = level .. " " .. line end)
    return lines
  end
  --- Changes an item at the hub, and sends the event.
  function self.change(name, which, changes, manager, item)
    for key, value in pairs(changes) do self[name][which][key] = value end
    self.core_loop:tell("homey:manager:" .. manager, item .. ".update", copy(self[name][which]))
  end
  --- Sets a variable at the hub.
  function self.set(which, value)
    self.change("variables", which, { value = value }, "logic", "variable")
  end
  --- Changes the presence of a user.
  function self.move(which, changes) self.change("users", which, changes, "users", "user") end
  return self
end

--- A household before each test of this `describe` or file. After the test its home is closed, and
--- the log goes where it went.
---@param keep fun(house: table, home: homey.Home, core_loop: table, advance: fun(seconds: number))
---                                  gets it
function household.each(keep)
  local busted, house = require "busted", nil
  busted.before_each(function()
    house = household.new()
    keep(house, house.home, house.core_loop, house.advance)
  end)
  busted.after_each(function()
    house.home:close()
    log.to()
  end)
end

return household
