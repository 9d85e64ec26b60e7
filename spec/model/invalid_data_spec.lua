local core = require "homey.core"
local house = require "spec.support.house"

local null = core.null
local odd = {
  null = null, number = 5, fraction = -1.5, yes = true, no = false, text = "x", ["empty text"] = "",
  ["empty table"] = {}, array = { 1, 2 }, object = { a = { b = 1 } }, NUL = "a\0b",
}

-- Calls that a program makes on a home.
local uses = {
  function(home)
    for _, device in ipairs(home:devices()) do
      assert.is_string(device.name)
      assert.is_string(tostring(device) .. tostring(device.zone))
    end
  end,
  function(home)
    for _, zone in ipairs(home:zones()) do
      assert.is_string(zone.name .. zone.path .. #zone.children)
    end
  end,
  function(home) home:device("Kitchen/Lamp"):set("dim", 0.3) end,
  function(home) home:device("Kitchen/Lmap") end,
  function(home) home:device(house.lamp):get("dim") end,
  function(home) home:device(house.lamp):toggle() end,
  function(home) home:device(house.lamp):set("dim", 1.5) end,
  function(home) home:device(house.heater):set("thermostat_mode", "heat") end,
  function(home) home:device(house.heater):set("thermostat_mode", "sideways") end,
  function(home)
    home:devices { class = "light", capability = "onoff", name = "L*",
      zone = "Kitchen" }:set("onoff", true)
  end,
  function(home) home:devices { name = "L*" }:get("onoff") end,
  function(home) home:zone("Kitchen"):devices() end,
}

-- Each call succeeds or raises an error of this library, and invalid data affects nothing else.
local function serves(here)
  for _, device in ipairs { house.lamp, house.hall_lamp, house.heater } do
    for _, capability in ipairs { "onoff", "dim", "thermostat_mode" } do
      here.core_loop:on("PUT " .. house.path(device, capability), {})
    end
  end
  for _, use in ipairs(uses) do
    local ok, err = pcall(use, here.home)
    assert.is_true(ok or type(err) == "table" and err.kind ~= nil, tostring(err))
  end
  here.home:device("Hall/Lamp"):set("onoff", true)
  assert.is_false(here.home:device(house.sensor):get("alarm_motion"))
end

describe("a hub with invalid", function()
  local here

  before_each(function() here = house.new() end)

  local function each_odd(what, spoil)
    it(what .. " still works", function()
      for _, value in pairs(odd) do
        here = house.new()
        spoil(here, value)
        serves(here)
      end
    end)
  end

  for field in ([[id name zone class virtualClass available unavailableMessage warningMessage ready capabilities
    capabilitiesObj driverId driverUri ownerUri note]]):gmatch("%S+") do
    each_odd(field .. " of a device", function(at, value)
      at.raw[house.lamp][field] = value
      if field == "unavailableMessage" then at.raw[house.lamp].available = false end
    end)
  end

  for field in ("type value lastUpdated title min max step decimals units values setable getable")
    :gmatch("%S+") do
    each_odd(field .. " of a capability", function(at, value)
      at.raw[house.lamp].capabilitiesObj.dim[field] = value
      at.raw[house.heater].capabilitiesObj.thermostat_mode[field] = value
    end)
  end

  for field in ("id name parent icon"):gmatch("%S+") do
    each_odd(field .. " of a zone", function(at, value) at.zones[house.kitchen][field] = value end)
  end

  each_odd("device in its list", function(at, value) at.raw[house.lamp] = value end)
  each_odd("zone in its list", function(at, value) at.zones[house.kitchen] = value end)
  each_odd("capability", function(at, value) at.raw[house.lamp].capabilitiesObj.dim = value end)
  each_odd("value of an enum", function(at, value)
    at.raw[house.heater].capabilitiesObj.thermostat_mode.values = {
      value, { id = value, title = value },
    }
  end)

  for what, path in pairs { devices = house.devices_path, zones = house.zones_path } do
    it("list of " .. what .. " causes at most an error of ours", function()
      for _, value in pairs(odd) do
        here = house.new()
        here.core_loop:on("GET " .. path, value)
        for _, use in ipairs(uses) do
          local ok, err = pcall(use, here.home)
          assert.is_true(ok or type(err) == "table" and err.kind ~= nil, tostring(err))
        end
      end
    end)
  end

  it("answer to a request for a device raises an error", function()
    for _, value in pairs(odd) do
      here.core_loop:on("GET " .. house.path(house.lamp), value)
      local ok,
        err = pcall(here.home.device(here.home, house.lamp).refresh, here.home:device(house.lamp))
      assert.same({ false, "protocol" }, { ok, err.kind })
      assert.equal(("the hub answered no device for device %s."):format(house.lamp), err.message)
    end
  end)
end)
