-- Energy, prices, weather and apps of the simulated hub.
-- Runs hardly any C code: not under Valgrind.
local sim = require "homey.sim"

local home, homey, api

before_each(function()
  home = sim.home(nil, { time = "2026-03-28 12:00" })
  homey, api = home.homey, home.api
end)

local function item_of(report, name)
  for _, item in ipairs(report.items or report.devices) do
    if item.name == name then return item end
  end
end

describe("the energy of a simulated hub", function()
  it("is the sum of what the devices use now", function()
    home:operate("Bathroom/Boiler", "measure_power", 1800)
    local report = api.energy.getLiveReport()
    assert.equal(1800, item_of(report, "Boiler").values.W)
    local sum = 0
    for _, item in ipairs(report.items) do sum = sum + item.values.W end
    assert.equal(sum, report.totalConsumed.W)
  end)

  it("of a device without a meter is approximated", function()
    local function lamp() return item_of(api.energy.getLiveReport(), "Lamp").values.W end
    assert.equal(0.3, lamp())
    home:operate("Kitchen/Lamp", "onoff", true)
    assert.equal(8, lamp())
  end)

  it("is that of a zone and the zones in it", function()
    local report = api.energy.getLiveReport { zone = home:zone("Upstairs").id }
    assert.truthy(item_of(report, "Boiler"))
    assert.is_nil(item_of(report, "Coffee machine"))
  end)

  it("of a generator counts as generated", function()
    home:add("device", { name = "Roof", class = "solarpanel", capabilities = {
      measure_power = 2500,
    } })
    local report = api.energy.getLiveReport()
    assert.equal(2500, report.totalGenerated.W)
    assert.equal(report.totalConsumed.W - 2500, report.totalCumulative.W)
  end)

  it("is reported for a day, a week, a month and a year", function()
    home:operate("Bathroom/Boiler", "measure_power", 2000)
    home:advance "2 h"
    home:operate("Bathroom/Boiler", "measure_power", 0)
    local before = item_of(api.energy.getReportDay { date = "2026-03-27" }, "Boiler").consumed
    local day = api.energy.getReportDay { date = "2026-03-28" }
    assert.is_true(item_of(day, "Boiler").consumed >= 4)
    assert.is_true(before < 4)
    for name, given in pairs {
      getReportWeek = { isoWeek = "2026-W13" }, getReportMonth = { yearMonth = "2026-03" },
      getReportYear = { year = "2026" },
    } do
      local report = api.energy[name](given)
      assert.is_true(report.electricity.consumed >= day.electricity.consumed, name)
      assert.is_true(#report.days >= 7)
    end
  end)

  it("refuses an invalid period", function()
    for name, given in pairs {
      getReportDay = { date = "2026-02-30" }, getReportWeek = { isoWeek = "13" },
      getReportMonth = { yearMonth = "2026-13" }, getReportYear = { year = "26" },
    } do
      local _, err = homey.try(api.energy[name], given)
      assert.match("Invalid Parameter: " .. next(given), err.message, 1, true)
    end
  end)
end)

describe("prices of a simulated hub", function()
  it("are one for each hour of the day at home", function()
    for date, count in pairs {
      ["2026-03-28"] = 24, ["2026-03-29"] = 23, ["2026-10-25"] = 25,
    } do
      local prices = api.energy.fetchDynamicElectricityPrices({ date = date }).pricesPerInterval
      assert.equal(count, #prices)
      for i = 2, count do assert.equal(prices[i - 1].periodEnd, prices[i].periodStart) end
    end
  end)

  it("are those of the home's data", function()
    home.model.data.electricity_prices = { ["2026-03-28"] = { 0.1, 0.5 } }
    local reply = api.energy.fetchDynamicElectricityPrices { date = "2026-03-28" }
    local list = reply.pricesPerInterval
    assert.same({ 0.1, 0.5 }, { list[1].value, list[2].value })
  end)

  it("keep the set value", function()
    api.energy.setElectricityPriceType { type = "fixed" }
    assert.equal("fixed", api.energy.getElectricityPriceType().type)
    api.energy.setOptionElectricityPriceFixed { value = 0.41 }
    assert.equal(0.41, api.energy.getOptionElectricityPriceFixed().value)
    api.energy.unsetOptionElectricityPriceFixed()
    assert.equal(0.3, api.energy.getOptionElectricityPriceFixed().value)
  end)
end)

describe("the weather of a simulated hub", function()
  it("is that of the home's data", function()
    home.model.data.weather = { temperature = -3 }
    assert.same({ -3, "Amsterdam" }, {
      api.weather.getWeather().temperature, api.weather.getWeather().city,
    })
    assert.equal(24, #api.weather.getWeatherHourly())
  end)
end)

describe("an app of a simulated hub", function()
  local lights = "com.example.lights"

  it("keeps its settings", function()
    assert.equal(0.4, api.apps.getAppSetting { id = lights, name = "transition" })
    api.apps.setAppSetting { id = lights, name = "transition", value = 2 }
    assert.equal(2, api.apps.getAppSettings({ id = lights }).transition)
    api.apps.unsetAppSetting { id = lights, name = "transition" }
    assert.is_nil(api.apps.getAppSettings({ id = lights }).transition)
  end)

  it("stops and runs when it is restarted", function()
    local states = {}
    home:on("app.update", function(item) states[#states + 1] = item.state end)
    home:settle()
    api.apps.restartApp { id = lights }
    home:settle()
    assert.same({ "stopped", "running" }, states)
  end)

  it("is disabled, removed and installed", function()
    api.apps.disableApp { id = lights }
    assert.is_false(api.apps.getApp({ id = lights }).enabled)
    local _, err = homey.try(api.apps.restartApp, { id = lights })
    assert.match("App Not Enabled", err.message)
    api.apps.uninstallApp { id = lights }
    assert.is_nil(api.apps.getApps()[lights])
    api.apps.installFromAppStore { id = lights }
    assert.is_true(api.apps.getApp({ id = lights }).enabled)
  end)

  it("answers below its own path with what the home's data has", function()
    assert.equal("hello", homey.get("/api/app/com.athom.homeyscript/script").hello.name)
    local _, err = homey.try(homey.get, "/api/app/com.athom.homeyscript/nothing")
    assert.equal("not_found", err.kind)
  end)
end)

describe("an image of a simulated hub", function()
  it("is bytes of a picture", function()
    local _, image = next(api.images.getImages())
    assert.equal("\137PNG", homey.get(image.url):sub(1, 4))
  end)

  it("belongs to a device", function()
    local bell = api.devices.getDevice { id = home:device("Doorbell").id }
    assert.same(next(api.images.getImages()), bell.images[1].imageObj.id)
  end)
end)

describe("a driver of a simulated hub", function()
  it("pairs a device", function()
    local before = #home:devices()
    local session = api.drivers.createPairSession {
      pairsession = { type = "pair", driverId = "homey:app:com.example.lights:bulb" },
    }
    local device = api.drivers.createPairSessionDevice {
      id = session.id, device = { name = "Spot", data = { id = "1" }, capabilities = { "onoff" } },
    }
    assert.equal("homey:app:com.example.lights:bulb", device.driverId)
    assert.equal(before + 1, #home:devices())
    api.drivers.deletePairSession { id = session.id }
  end)
end)

describe("a group of a simulated hub", function()
  it("has what its devices share", function()
    local reading, lamp = home:device "Reading light", home:device "Kitchen/Lamp"
    local group = api.devices.createGroup { group = {
      name = "Lamps", class = "light", zoneId = home:zone("Kitchen").id,
      deviceIds = { reading.id, lamp.id },
    } }
    assert.same({ "onoff", "dim" }, group.capabilities)
    api.devices.deleteDeviceFromGroup { groupId = group.id, deviceId = lamp.id }
    assert.same({ reading.id }, api.devices.getDevice({ id = group.id }).settings.deviceIds)
  end)
end)
