--- Storm: many homes at the simulated hub, each with some faults in turn while devices change, and
--- a ledger of the changes and of the events that each home received.
local chaos = require "spec.support.chaos.chaos"
local core = require "homey.core"
local homey = require "homey"
local logins = require "spec.support.logins"

local slow = logins.slow
local lamp = "ff469433-66b3-458d-ad73-14530d8f9b39" -- of the kitchen
local name_path = "/api/manager/system/name"

---@class homey.spec.Storm
---@field sim homey.Sim
---@field homes table[]    {home=, agent=, ear=, faults=, own= a device that it alone changes}
---@field ledger homey.spec.Ledger
---@field counts table<string, integer>
local Storm = {}
Storm.__index = Storm

local function now_of(self) return self.homes[1].home.scheduler.core_loop:now() end

local function plain(value)
  if value == core.null then return nil end
  return value
end

local patience = 120 * slow -- seconds, far more than anything takes: ends only tests that hang
local enough = 150          -- changes in a storm, also on a slow machine

-- Waits until a condition is true.
local function wait(what, f)
  local clock = require("homey.task.scheduler").shared().core_loop
  local give_up = clock:now() + patience
  repeat
    if f() then return end
    homey.sleep(0.02)
  until clock:now() > give_up
  error("timed out waiting until " .. what(), 0)
end

-- ---- changes at the hub ----

local function begin_device(self, device, later)
  for id, capability in pairs(device.capabilitiesObj) do
    if capability.getable ~= false then
      self.ledger:begin(("device %s %s"):format(device.id, id), plain(capability.value), later)
    end
  end
  self.ledger:begin("life " .. device.id, later and "gone" or "here")
  self.ledger:begin("name " .. device.id, device.name, later)
end

local function begin(self)
  self.devices, self.variables = self.sim:get "home.devices", self.sim:get "home.variables"
  for _, device in pairs(self.devices) do begin_device(self, device) end
  for id, variable in pairs(self.variables) do
    self.ledger:begin(("variable %s value"):format(id), variable.value)
  end
end

local function next_number(self)
  self.number = self.number + 1
  return self.number
end

local function any(self, items)
  return items[self.chance:one_of(chaos.keys(items))]
end

local happens = {}

local function any_value(self)
  while true do
    local device, found = any(self, self.devices), {}
    for id, capability in pairs(device.capabilitiesObj) do
      if capability.getable ~= false and not self.owned[device.id] then found[#found + 1] = id end
    end
    table.sort(found)
    if #found > 0 then return device, self.chance:one_of(found) end
  end
end

-- The times of a hub have milliseconds: the order of two changes in the same one is unknown when
-- one of them is reported late.
local function let_time_pass(self, key)
  local page = self.ledger.pages[key]
  local last = page[#page]
  if last and now_of(self) - last.at < 0.002 then homey.sleep(0.002) end
end

function happens.operate(self, device, id)
  if not device then device, id = any_value(self) end
  local capability, key = device.capabilitiesObj[id], ("device %s %s"):format(device.id, id)
  let_time_pass(self, key)
  local value = chaos.value(self.chance, capability, next_number(self))
  capability.value = value
  self.ledger:happened(key, value, now_of(self))
  self.sim:operate(device.id, id, value)
end

function happens.burst(self)
  local device, id = any_value(self)
  for _ = 1, self.chance:whole(2, 5) do happens.operate(self, device, id) end
end

function happens.variable(self)
  local variable = any(self, self.variables)
  local value = "text " .. next_number(self)
  if variable.type == "number" then value = next_number(self) end
  if variable.type == "boolean" then value = not variable.value end
  variable.value = value
  self.ledger:happened(("variable %s value"):format(variable.id), value, now_of(self))
  self.sim:update("variables", variable.id, { value = value })
end

function happens.rename(self)
  local device, name = any(self, self.devices), "Name " .. next_number(self)
  self.ledger:happened("name " .. device.id, name, now_of(self))
  self.sim:update("devices", device.id, { name = name })
end

local function new_device(self, name)
  local device = self.sim:device(lamp)
  device.id, device.name = core.uuid(), name
  return device
end

function happens.add(self)
  local device = new_device(self, "New " .. next_number(self))
  begin_device(self, device, true)
  self.ledger:happened("life " .. device.id, "here", now_of(self))
  self.devices[device.id] = device
  self.added[#self.added + 1] = device.id
  self.sim:create("devices", device)
end

function happens.remove(self)
  local id = table.remove(self.added, 1)
  if not id then return end
  local now = now_of(self)
  for key in pairs(self.ledger.pages) do
    if key:find(id, 1, true) and not key:find "^life " then self.ledger:ended(key, now) end
  end
  self.ledger:happened("life " .. id, "gone", now)
  self.devices[id] = nil
  self.sim:delete("devices", id)
end

local what = {
  { 20, "operate" }, { 2, "burst" }, { 5, "variable" }, { 2, "rename" }, { 1.5, "add" },
    { 1, "remove" },
}

local function change(self)
  local row = self.chance:weighted(what)
  self.counts[row[2]] = (self.counts[row[2]] or 0) + 1
  happens[row[2]](self)
end

-- ---- listeners ----

local function listen(self, each)
  local home, names = each.home, {}
  local function hear(key, value) self.ledger:heard(each.ear, key, value, now_of(self)) end
  for id, device in pairs(self.devices) do names[id] = device.name end
  home:on("device.capability", function(value, device, event)
    hear(("device %s %s"):format(device.id, event.capability), value)
  end)
  home:on("variable.value", function(value, variable)
    hear(("variable %s value"):format(variable.id), value)
  end)
  home:on("device.create", function(device)
    each.met(device)
    hear("life " .. device.id, "here")
    names[device.id] = device.name
  end)
  home:on("device.delete", function(device) hear("life " .. device.id, "gone") end)
  home:on("device.update", function(device)
    if names[device.id] ~= device.name then hear("name " .. device.id, device.name) end
    names[device.id] = device.name
  end)
end

-- Each home learns of a later item at another moment.
local function met_by(self, each)
  return function(device)
    local now = now_of(self)
    for id, known in pairs(device.capabilities) do
      if known.getable then
        self.ledger:met(("device %s %s"):format(device.id, id), known.value, now, each.ear)
      end
    end
    self.ledger:met("name " .. device.id, device.name, now, each.ear)
  end
end

-- A home changes its own device repeatedly. After a failure it is unknown whether the change was
-- made.
local function set_own(self, each)
  local key = ("device %s dim"):format(each.own)
  local line = self.ledger:happened(key, next_number(self) % 8191 / 8192, now_of(self), true)
  if not self.is_calm then self.ledger:happened(key, line.value,
    now_of(self)) end -- a lost change is repeated
  local device = each.home:device(each.own)
  local _, err = homey.try(device.set, device, "dim", line.value)
  if err then self.counts["sets that failed"] = (self.counts["sets that failed"]
    or 0) + 1 else line.perhaps = false end
  return not err
end

local function read(each) homey.try(each.home.get, each.home, name_path, { timeout = 1 * slow }) end

-- Runs one fault at a time in a task.
local function read_beside(each)
  if not (each.reading and not each.reading:finished()) then
    each.reading = homey.spawn(read, each)
  end
end

-- ---- faults ----

local function is_struck(self, each)
  local now = now_of(self)
  if not self.faults or now > self.faults_at + 0.03 then
    self.faults, self.faults_at = self.sim:get "faults", now
  end
  for _, fault in ipairs(self.faults) do
    if fault.agent == each.agent and fault.times > 0 then return false end
  end
  return true
end

local makes_strike = {
  read = function(_, each) read(each) end,
  link = function(self, each) if each.home.connected then self.sim:cut_sockets(each.agent) end end,
  set = function(self, each) if each.home.connected then set_own(self, each) end end,
  tell = function() end,
  wait = function(_, each)
    homey.sleep(0.1)
    read(each)
  end,
}

local function meet(self, each, row)
  local fault = {
    kind = row[1], times = 1, agent = each.agent,
    route = row.route or row.by == "read" and "system-name" or nil,
  }
  for name, value in pairs(row) do
    if type(name) == "string" and name ~= "by" and name ~= "cut" then fault[name] = value end
  end
  self.sim:fault(fault)
  self.faults = nil
  wait(function()
    return row[1] .. " strikes " .. each.agent .. (row.route or "") end, function()
    if is_struck(self, each) then return true end
    makes_strike[row.by](self, each)
  end)
  self.counts.faults = (self.counts.faults or 0) + 1
  if row.cut then self.sim:cut_sockets(each.agent) end
  set_own(self, each)
  wait(function() return each.agent .. " is connected again after " .. row[1] end, function()
    if not each.home.connected then read(each) end
    return each.home.connected
  end)
end

-- ---- the storm ----

local function live(self, each)
  for _, row in ipairs(each.faults) do meet(self, each, row) end
  each.over = true
end

local function is_over(self)
  for _, each in ipairs(self.homes) do
    if not each.over then return false end
  end
  return true
end

--- Distribute the faults at random to a number of homes.
---@param rows table[]
---@param count integer
---@param chance table
---@return table[][]
function Storm.deal(rows, count, chance)
  local deck, hands = {}, {}
  for i, row in ipairs(rows) do table.insert(deck, chance:whole(1, i), row) end
  for i = 1, count do hands[i] = {} end
  for i, row in ipairs(deck) do table.insert(hands[i % count + 1], row) end
  return hands
end

local function own_device(self, i)
  local device = new_device(self, "Own " .. i)
  self.sim:create("devices", device)
  self.owned[device.id] = true
  return device.id
end

--- A new storm.
---@param sim homey.Sim
---@param seed integer
---@param hands table[][]     faults, for each home
---@param options fun(i: integer): table  of the login of each
---@return homey.spec.Storm
function Storm.new(sim, seed, hands, options)
  local self = setmetatable({
    sim = sim, chance = chaos.chance(seed), ledger = chaos.ledger(), counts = {}, homes = {},
    number = seed * 1000, added = {},
    owned = {},
  }, Storm)
  for i, faults in ipairs(hands) do
    local each = {
      agent = "Chaos/" .. i, ear = "home " .. i, faults = faults, own = own_device(self, i),
    }
    each.met = met_by(self, each)
    local login = options(i)
    login.user_agent = each.agent
    each.home = homey.new(login)
    self.homes[i] = each
  end
  return self
end

--- Call a function for each home at the same time, and wait until all calls have ended.
---@param f fun(each: table)
function Storm:each(f)
  local tasks = {}
  for i, each in ipairs(self.homes) do tasks[i] = homey.spawn(f, each) end
  for _, task in ipairs(tasks) do task:wait() end
end

--- Log in all homes, and add their listeners.
function Storm:begin()
  begin(self)
  self:each(function(each)
    each.home:login()
    listen(self, each)
  end)
  self:settle()
end

--- Run until each home has had all its faults, and there were enough changes.
function Storm:rage()
  local tasks = {}
  for i, each in ipairs(self.homes) do tasks[i] = homey.spawn(live, self, each) end
  while not is_over(self) or self.ledger.changes < enough do
    change(self)
    homey.sleep(self.chance:one_of { 0, 0.005, 0.02 })
    for _, task in ipairs(tasks) do
      if task.status == "failed" then task:wait() end
    end
  end
end

-- The current values must have been received.
local function problems(self)
  local list = {}
  local function lasted(_, till) return till == math.huge end
  for _, each in ipairs(self.homes) do
    for _, problem in ipairs(self.ledger:problems(each.ear, lasted)) do
      list[#list + 1] = problem
    end
  end
  return list
end

--- Wait until all homes are connected and have received all lasting changes. Returns the remaining
--- differences.
---@return string[]
function Storm:settle()
  local list
  local ok = pcall(wait, tostring, function()
    list = problems(self)
    for _, each in ipairs(self.homes) do
      if not each.home.connected then
        list[#list + 1] = each.agent .. " is not connected"
        read_beside(each)
      end
      if each.home.cache and next(each.home.cache.resync.dirty) then
        list[#list + 1] = each.agent .. " has something to read"
      end
    end
    return #list == 0
  end)
  return ok and {} or list
end

--- Run without faults: tokens still expire, and all homes receive the changes. Tokens are not
--- expired early: when two are refused in a row, the second may be a new one, and that ends the
--- login.
---@param seconds number  how long the tokens of now live at most
---@return string[] problems
function Storm:calm(seconds)
  self.sim:clear()
  for _, each in ipairs(self.homes) do read_beside(each) end
  local list = self:settle()
  if #list > 0 then return list end
  self.is_calm = true
  for _ = 1, 30 do
    happens.operate(self)
    homey.sleep(seconds / 30)
  end
  self:each(function(each)
    wait(function()
      return each.agent .. " sets its own device"
    end, function() return set_own(self, each) end)
  end)
  return self:settle()
end

--- Close all homes, and check that no task keeps one alive.
function Storm:close()
  for _, each in ipairs(self.homes) do
    if each.reading then each.reading:wait() end
  end
  for _, each in ipairs(self.homes) do each.home:close() end
  for id in pairs(self.owned) do self.sim:delete("devices", id) end
  for _, id in ipairs(self.added) do self.sim:delete("devices", id) end
end

return Storm
