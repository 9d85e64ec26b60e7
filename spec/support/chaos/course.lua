--- Half an hour of a home in virtual time with random changes and failures, listeners, and a ledger
--- of the events that they received.
local chaos = require "spec.support.chaos.chaos"
local homey = require "homey"
local sim = require "homey.sim"

local null = homey.null
local half_an_hour = 1800 -- seconds
local at_rest = 2 -- seconds until a restored connection has reported what was missed
local tries_again = 65 -- seconds at most until a failed read is repeated

local kinds = { "device", "zone", "variable", "flow", "user" }
local lists = {
  device = "devices", zone = "zones", variable = "variables", flow = "flows", user = "users",
}
local failures = {
  "offline", "timeout", "network", "tls", "protocol", "expired", "unauthorized", "forbidden",
  "not_found", "invalid",
  "unavailable", "rate_limited", "hub",
}

local function plain(value)
  if value == null then return nil end
  return value
end

-- ---- a course: a home, random numbers, a ledger ----

---@class homey.spec.Course
---@field home homey.sim.VirtualHome
---@field ledger homey.spec.Ledger
---@field counts table<string, integer>  how often what happened
---@field moved table<string, true>      devices that are not where they were
---@field kitchen table<string, true>    devices that were in the kitchen
---@field gone string[]                 who has listened for a while
---@field troubles {[1]: number, [2]: number}[]  from when till when nothing need be heard
local Course = {}
Course.__index = Course

local function now_of(self) return self.home.loop:now() end

-- Calls f with each readable value of a device.
local function for_capabilities(device, f)
  for _, id in ipairs(chaos.keys(device.capabilitiesObj)) do
    local capability = device.capabilitiesObj[id]
    if capability.getable ~= false then f(capability, id) end
  end
end

local values_of = { variable = { "value" }, flow = { "enabled" }, user = { "present", "asleep" } }

-- Calls f with each value of an item and its line in the ledger: "device <id> onoff".
local function for_values(kind, item, f)
  if kind == "device" then
    for_capabilities(item, function(capability, id)
      f(("device %s %s"):format(item.id, id), plain(capability.value))
    end)
  end
  for _, name in ipairs(values_of[kind] or {}) do
    f(("%s %s %s"):format(kind, item.id, name), plain(item[name]))
  end
end

-- Records the changes at the hub.
local truth = {}

local function begin(self, kind, item, later)
  for_values(kind, item, function(key, value) self.ledger:begin(key, value, later) end)
  self.ledger:begin("life " .. item.id, later and "gone" or "here")
  self.ledger:begin("name " .. item.id, item.name, later)
end

function truth.create(self, kind, item, now)
  begin(self, kind, item, true)
  self.ledger:happened("life " .. item.id, "here", now)
end

function truth.update(self, kind, item, now)
  if kind ~= "device" then for_values(kind, item, function(key, value)
    self.ledger:happened(key, value, now)
  end) end
  self.ledger:happened("name " .. item.id, item.name, now)
end

function truth.delete(self, kind, item, now)
  for_values(kind, item, function(key) self.ledger:ended(key, now) end)
  self.ledger:ended("name " .. item.id, now)
  self.ledger:happened("life " .. item.id, "gone", now)
end

local function write_down(self)
  local model, kind_of = self.home.model, {}
  for kind, list in pairs(lists) do
    kind_of[list] = kind
    for _, item in pairs(model.data[list]) do begin(self, kind, item) end
  end
  model:listen(function(event, item, capability, value)
    if event ~= "capability" then
      local list, verb = event:match "^(%a+)%.(%a+)$"
      return kind_of[list] and truth[verb](self, kind_of[list], item, now_of(self))
    end
    if item.capabilitiesObj[capability].getable == false then return end
    self.ledger:happened(("device %s %s"):format(item.id, capability), plain(value), now_of(self))
  end)
end

-- ---- listeners ----

local function hear(self, ear, key, value)
  self.ledger:heard(ear, key, plain(value), now_of(self))
end

local function met(self, kind, item)
  local now = now_of(self)
  for id, known in pairs(kind == "device" and item.capabilities or {}) do
    if known.getable then
      self.ledger:met(("device %s %s"):format(item.id, id), known.value, now)
    end
  end
  if kind == "variable" then
    self.ledger:met(("variable %s value"):format(item.id), item.value, now)
  end
  self.ledger:met("name " .. item.id, item.name, now)
end

-- The items of a kind, and their names.
local function listen_to_lives(self, kind)
  local home, names = self.home, {}
  for _, item in pairs(self.home.model.data[lists[kind]]) do names[item.id] = item.name end
  local function note_name(item)
    if names[item.id] ~= item.name then hear(self, "names", "name " .. item.id, item.name) end
    names[item.id] = item.name
  end
  home:on(kind .. ".create", function(item)
    hear(self, "lives", "life " .. item.id, "here")
    met(self, kind, item)
    names[item.id] = item.name
  end)
  home:on(kind .. ".update", note_name)
  home:on(kind .. ".delete", function(item) hear(self, "lives", "life " .. item.id, "gone") end)
end

local function listen_to_values(self)
  local home = self.home
  local function note(ear, kind, key)
    return function(value, subject, event)
      hear(self, ear, ("%s %s %s"):format(kind, subject.id, key or event.capability), value)
    end
  end
  home:on("device.capability", note("everything", "device"))
  for _, device in ipairs(home:devices()) do
    for _, id in ipairs(chaos.keys(device.capabilities)) do
      if device.capabilities[id].getable then device:on(id, note("each device", "device", id)) end
    end
  end
  home:devices({ capability = "onoff" }):on("onoff", note("a selection", "device", "onoff"))
  for _, device in ipairs(home:devices { zone = "Kitchen" }) do self.kitchen[device.id] = true end
  home:devices({ zone = "Kitchen", capability = "onoff" }):on("onoff",
    note("a zone", "device", "onoff"))
  for _, variable in ipairs(home:variables()) do
    variable:on(note("variables", "variable", "value"))
  end
  for _, flow in ipairs(home:flows()) do flow:on("enabled", note("flows", "flow", "enabled")) end
  for _, user in ipairs(home:users()) do
    for _, name in ipairs { "present", "asleep" } do user:on(name, note("users", "user", name)) end
  end
  home:on("variable.value", note("all variables", "variable", "value"))
end

-- Handlers that change devices, and can fail.
local function automate(self)
  local home = self.home
  local try, lamp, guests = home.homey.try, home:device "Hall/Lamp", home:variable "Guests"
  home:device("Hall/Motion"):on("alarm_motion", { mode = "restart" }, function(value)
    try(lamp.set, lamp, "onoff", value)
    home.homey.sleep "3 s"
    try(lamp.set, lamp, "dim", value and 0.25 or 0.75, { only_if_changed = true })
  end)
  home:variable("On holiday"):on(function(value) try(guests.set, guests, value and 0 or 5) end)
end

-- ---- random changes ----

local function count(self, what) self.counts[what] = (self.counts[what] or 0) + 1 end

local function any(self, list)
  local items = self.home.model.data[list]
  return items[self.chance:one_of(chaos.keys(items))]
end

local function next_number(self)
  self.number = self.number + 1
  return self.number
end

local function any_value(self, fits)
  while true do
    local device, found = any(self, "devices"), {}
    for_capabilities(device, function(capability, id)
      if not fits or fits(capability) then found[#found + 1] = { id, capability } end
    end)
    if #found > 0 then
      local one = self.chance:one_of(found)
      return device, one[1], chaos.value(self.chance, one[2], next_number(self))
    end
  end
end

local happens = {}

function happens.operate(self) self.home:operate(any_value(self)) end

-- Many changes of one capability in a short time.
function happens.burst(self)
  local device, id = any_value(self)
  for _ = 1, self.chance:whole(2, 6) do
    local capability = device.capabilitiesObj[id]
    self.home:operate(device.id, id, chaos.value(self.chance, capability, next_number(self)))
    self.home:advance(self.chance:one_of { 0, 0.02, 0.2 })
  end
end

local function is_setable(capability) return capability.setable end

function happens.set(self)
  local device, id, value = any_value(self, is_setable)
  local subject = self.home:device(device.id)
  self.home.homey.spawn(function()
    local _, err = homey.try(subject.set, subject, id, value)
    if err then count(self, "sets that failed") end
  end)
end

local function variable_value(self, variable)
  if variable.type == "boolean" then return not variable.value end
  return variable.type == "number" and next_number(self) or "text " .. next_number(self)
end

function happens.variable(self)
  local variable = any(self, "variables")
  self.home:change("variable", variable.id, { value = variable_value(self, variable) })
end

function happens.set_variable(self)
  local raw = any(self, "variables")
  local variable, value = self.home:variable(raw.id), variable_value(self, raw)
  self.home.homey.spawn(function() homey.try(variable.set, variable, value) end)
end

function happens.user(self)
  local user = any(self, "users")
  local name = self.chance:one_of { "present", "asleep" }
  self.home:change("user", user.id, { [name] = not user[name] })
end

function happens.flow(self)
  local flow = any(self, "flows")
  self.home:change("flow", flow.id, { enabled = not flow.enabled })
end

function happens.rename(self)
  local kind = self.chance:one_of(kinds)
  self.home:change(kind, any(self, lists[kind]).id, { name = "Name " .. next_number(self) })
end

function happens.move(self)
  local device = any(self, "devices")
  self.moved[device.id] = true
  self.home:change("device", device.id, { zone = any(self, "zones").id })
end

function happens.availability(self)
  local device = any(self, "devices")
  self.home:change("device", device.id, { available = not device.available })
end

-- A listener for a time.
function happens.come(self)
  local device, id = any_value(self)
  local ear, subject = "comer " .. next_number(self), self.home:device(device.id)
  self.home.homey.spawn(function()
    local handle = homey.try(subject.on, subject, id, function(value)
      hear(self, ear, ("device %s %s"):format(subject.id, id), value)
    end)
    if handle then table.insert(self.comers, { ear, handle }) end
  end)
end

function happens.leave(self)
  local comer = self.comers[#self.comers]
  if not comer then return end
  table.insert(self.gone, table.remove(self.comers)[1])
  comer[2]:cancel()
end

-- A task that waits for a value, with a timeout.
function happens.wait(self)
  local device, id, value = any_value(self)
  local subject, times = self.home:device(device.id), { "1 s", "20 s", "2 min" }
  local time = self.chance:one_of(times)
  local task = self.home.homey.spawn(function()
    homey.try(self.home.homey.wait, subject, id, value, time)
  end)
  if self.chance:whole(1, 3) == 1 then task:cancel() end
end

local makers = {
  device = function(self, name)
    return {
      name = name, zone = any(self, "zones").id, class = "light",
      capabilities = { onoff = false, dim = 0.5 },
    }
  end,
  zone = function(_, name) return { name = name } end,
  variable = function(self, name) return { name = name, value = next_number(self) } end,
  flow = function(_, name) return { name = name } end,
  user = function(_, name) return { name = name } end,
}

function happens.add(self)
  local kind = self.chance:one_of(kinds)
  local added = self.home:add(kind, makers[kind](self, "New " .. next_number(self)))
  table.insert(self.added, { kind, type(added) == "table" and added.id or added })
end

local function is_empty(self, zone)
  for _, device in pairs(self.home.model.data.devices) do
    if device.zone == zone then return false end
  end
  return true
end

function happens.remove(self)
  if #self.added == 0 then return end
  local i = self.chance:whole(1, #self.added)
  local kind, id = self.added[i][1], self.added[i][2]
  if kind == "zone" and not is_empty(self, id) then return end
  table.remove(self.added, i)
  self.home:remove(kind, id)
end

-- ---- random failures ----

-- No event is required until then.
local function trouble(self, from, till)
  self.troubles[#self.troubles + 1] = { from, till }
end

local wrong = {}

function wrong.drop(self)
  local seconds = self.chance:one_of { 0.01, 0.1, 1, 5, 20, 90 }
  local now = now_of(self)
  trouble(self, now, now + seconds + at_rest)
  self.home:drop(seconds)
end

function wrong.fail(self)
  local kind = self.chance:one_of(failures)
  count(self, "failures of kind " .. kind)
  local failing = self.home:fail {
    kind = kind, method = self.chance:one_of { "GET", "PUT" }, times = self.chance:whole(1, 4),
    executed = self.chance:whole(1, 2) == 1,
  }
  table.insert(self.failing, { failing, now_of(self) })
end

function wrong.heal(self)
  for _, each in ipairs(self.failing) do
    each[1]:cancel()
    trouble(self, each[2], now_of(self) + tries_again)
  end
  self.failing = {}
end

function wrong.suspend(self)
  local now = now_of(self)
  trouble(self, now, now + 1 + at_rest)
  self.home:suspend(self.chance:one_of { "1 s", "10 min", "8 h" }, function()
    for _ = 1, self.chance:whole(0, 5) do happens.operate(self) end
    if self.chance:whole(1, 2) == 1 then happens.variable(self) end
  end)
end

function wrong.clock(self)
  self.home:set_time(self.home.loop:time() + self.chance:one_of { -7200, -60, -7, -3, -1, 0.5, 5,
    3600 })
end

local what = {
  { 30, happens, "operate" }, { 4, happens, "burst" }, { 10, happens, "set" },
    { 6, happens, "variable" },
  { 4, happens, "set_variable" }, { 2, happens, "user" }, { 2, happens, "flow" },
    { 3, happens, "rename" },
  { 2, happens, "move" }, { 2, happens, "availability" }, { 4, happens, "add" },
    { 2, happens, "remove" },
  { 4, happens, "come" }, { 3, happens, "leave" }, { 2, happens, "wait" },
  { 4, wrong, "drop" }, { 6, wrong, "fail" }, { 4, wrong, "heal" }, { 1, wrong, "suspend" },
    { 3, wrong, "clock" },
}

local pauses = { 0, 0.01, 0.05, 0.3, 1, 2, 5, 15, 30 }

local function storm(self)
  while now_of(self) < half_an_hour do
    local row = self.chance:weighted(what)
    count(self, row[3])
    row[2][row[3]](self)
    self.home:advance(self.chance:one_of(pauses))
  end
end

local function calm(self)
  wrong.heal(self)
  while self.comers[1] do happens.leave(self) end
  self.home:advance "5 min"
end

local function new_course(seed, options)
  options.seed, options.quiet, options.latency = seed, true, "40 ms"
  local self = setmetatable({
    home = sim.home(nil, options), chance = chaos.chance(seed), ledger = chaos.ledger(), number = 0,
    counts = {},
    moved = {}, added = {}, failing = {}, troubles = {}, kitchen = {}, comers = {},
    gone = {},
  }, Course)
  write_down(self)
  for _, kind in ipairs(kinds) do listen_to_lives(self, kind) end
  listen_to_values(self)
  automate(self)
  self.home:advance "10 s"
  return self
end

--- Whether a value existed at a moment at which listeners could learn of it.
---@param from number
---@param till number
---@return boolean
function Course:lasted(from, till)
  local at = from + 1
  repeat
    local later
    for _, each in ipairs(self.troubles) do
      if each[1] <= at and at < each[2] then later = math.max(later or 0, each[2]) end
    end
    at = later and later + 0.5 or at
  until not later
  return at < till
end

--- Run a course from start to end.
---@param seed integer
---@param options? homey.sim.HomeOptions
---@return homey.spec.Course
function Course.run(seed, options)
  local self = new_course(seed, options or {})
  storm(self)
  calm(self)
  return self
end

return Course

