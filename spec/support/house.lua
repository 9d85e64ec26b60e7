--- Small house on a fake core loop: two floors, four rooms, six devices, in the form of version 3.
local core = require "homey.core"
local fake = require "spec.support.fake_core_loop"

local null = core.null
local house = {}

--- The UUID of a number.
function house.id(n) return ("%08d-0000-4000-8000-000000000000"):format(n) end

local id = house.id

house.lamp, house.hall_lamp, house.sensor = id(1), id(2), id(3)
house.heater, house.shed_lamp, house.button = id(4), id(5), id(6)
house.home, house.down, house.kitchen = id(11), id(12), id(13)
house.hall, house.garden, house.shed = id(14), id(15), id(16)

--- The full names of devices or zones.
function house.names(list)
  local all = {}
  for i, each in ipairs(list) do all[i] = tostring(each) end
  return all
end

local onoff = { type = "boolean", setable = true, getable = true, value = true }
local dim = {
  type = "number", min = 0, max = 1, units = "%", setable = true, getable = true, value = 0.5,
}

--- A deep copy.
function house.copy(value)
  if type(value) ~= "table" then return value end
  local new = setmetatable({}, getmetatable(value))
  for key, each in pairs(value) do new[key] = house.copy(each) end
  return new
end

local copy = house.copy

local devices = {
  { house.lamp, "Lamp", house.kitchen, "light", { onoff = onoff, dim = dim } },
  { house.hall_lamp, "Lamp", house.hall, "light", { onoff = onoff, dim = dim } },
  { house.sensor, "Motion", house.hall, "sensor", {
    alarm_motion = { type = "boolean", setable = false, getable = true, value = false },
    measure_battery = { type = "number", setable = false, getable = true, value = null },
  } },
  { house.heater, "Heater", house.kitchen, "thermostat", {
    target_temperature = {
      type = "number", min = 5, max = 45, setable = true, getable = true, value = 20,
    },
    thermostat_mode = { type = "enum", setable = true, getable = true, value = "heat",
      values = { { id = "off", title = "Off" }, { id = "heat", title = "Heat" } } },
    shine = { type = "number", min = 0, max = 10, setable = true, getable = true, value = 1 },
  } },
  { house.shed_lamp, "Shed lamp", house.shed, "light", { onoff = onoff } },
  { house.button, "Doorbell", house.garden, "button", {
    button = { type = "boolean", setable = true, getable = false, value = null },
  } },
}

local zones = {
  { house.home, "Home", null }, { house.down, "Downstairs", house.home },
  { house.kitchen, "Kitchen", house.down },
  { house.hall, "Hall", house.down }, { house.garden, "Garden", house.home },
  { house.shed, "Shed", house.garden },
}

--- The request path of a device, or of a capability.
function house.path(device, capability)
  local path = "/api/manager/devices/device/" .. device
  return capability and path .. "/capability/" .. capability or path
end

house.devices_path, house.zones_path = "/api/manager/devices/device", "/api/manager/zones/zone"

local function add_device(self, row)
  local raw = {
    id = row[1], name = row[2], zone = row[3], class = row[4], available = true, capabilities = {},
  }
  raw.capabilitiesObj = copy(row[5])
  for capability in pairs(row[5]) do
    raw.capabilities[#raw.capabilities + 1] = capability
    self.core_loop:on("PUT " .. house.path(raw.id, capability), function(request)
      raw.capabilitiesObj[capability].value = request.body.value
      return { transactionId = request.body.transactionId, value = request.body.value }
    end)
  end
  self.raw[raw.id] = raw
  self.core_loop:on("GET " .. house.path(raw.id), function() return copy(self.raw[raw.id]) end)
end

--- A house: {home=, core_loop=, raw= devices of the hub by id, zones= zones of the hub by id}.
function house.new()
  local self = { core_loop = fake.new(), raw = {}, zones = {} }
  for _, row in ipairs(devices) do add_device(self, row) end
  for _, row in ipairs(zones) do
    self.zones[row[1]] = { id = row[1], name = row[2], parent = row[3] }
  end
  self.core_loop:on("GET " .. house.devices_path, function() return copy(self.raw) end)
  self.core_loop:on("GET " .. house.zones_path, function() return copy(self.zones) end)
  self.home = fake.home(self.core_loop)
  return self
end

--- A house before each test of this `describe`, in which nothing may wait after the test.
---@param keep fun(here: table, home: homey.Home, core_loop: table)  gets it
function house.each(keep)
  local busted, assert, here = require "busted", require "luassert", nil
  busted.before_each(function()
    here = house.new()
    keep(here, here.home, here.core_loop)
  end)
  busted.after_each(function() assert.is_true(here.core_loop:idle()) end)
end

return house
