-- homey.energy and homey.electricity_prices, of both versions.
local homey = require "homey"
local sim = require "homey.sim"
local support = require "spec.support.sim"
local without_state = require "spec.support.without_state"

local function refused(kind, message, f, ...)
  local _, err = homey.try(f, ...)
  assert.equal(kind, err.kind)
  assert.match(message, err.message)
end

-- "Kitchen/Lamp=20" for each entry with that power.
local function text_of(list, of, power)
  local texts = {}
  for _, each in ipairs(list) do
    if each[power] and each[power] ~= 0 then
      texts[#texts + 1] = ("%s=%g"):format(tostring(each[of]), each[power])
    end
  end
  return table.concat(texts, " ")
end

local function a_home(version)
  return sim.home({
    timezone = "Europe/Amsterdam", location = { latitude = 52.37, longitude = 4.9 },
    devices = {
      { name = "Washer", zone = "Upstairs/Bath", class = "socket",
        capabilities = { measure_power = 900 } },
      { name = "Fridge", zone = "Downstairs/Kitchen", class = "socket",
        capabilities = { measure_power = 60 } },
      { name = "Panels", zone = "Roof", class = "solarpanel",
        capabilities = { measure_power = 1500 } },
      { name = "Lamp", zone = "Downstairs/Kitchen", class = "light",
        capabilities = { onoff = true } },
    },
  }, { time = "2026-06-12 12:00", api_version = version, quiet = true })
end

local live = "/api/manager/energy/live"

for version = 2, 3 do
  describe(("energy of a hub of version %d"):format(version), function()
    local home, script

    before_each(function()
      home = a_home(version)
      script = home.homey
    end)

    after_each(function() home:close() end)

    it("is known of each device and zone", function()
      local energy = script.energy()
      assert.same({ 960, 1500, -540, false },
        { energy.consumed, energy.generated, energy.grid, energy.computed })
      assert.equal("Bath/Washer=900 Kitchen/Fridge=60",
        text_of(energy.devices, "device", "consumed"))
      assert.equal("Roof/Panels=1500", text_of(energy.devices, "device", "generated"))
      assert.match("Upstairs/Bath=900", text_of(energy.zones, "zone", "consumed"))
      assert.match("Downstairs=60", text_of(energy.zones, "zone", "consumed"))
      assert.match("Roof=1500", text_of(energy.zones, "zone", "generated"))
    end)

    it("is known of a zone", function()
      local energy = script.energy { zone = "Downstairs" }
      assert.same({ 60, 0 }, { energy.consumed, energy.generated })
      assert.equal(60, script.energy { zone = home:zone "Kitchen" }.consumed)
    end)

    for _, status in ipairs { 404, 403 } do
      it("is computed where the hub has no report: " .. status, function()
        home:answer { path = live, status = status, reply = { error = "no" } }
        home:change("device", "Bath/Washer", { available = false })
        local energy = script.energy()
        assert.same({ 60, 1500, true }, { energy.consumed, energy.generated, energy.computed })
        assert.is_nil(energy.grid)
        assert.equal("Kitchen/Fridge=60", text_of(energy.devices, "device", "consumed"))
        assert.equal(0, script.energy { zone = "Roof" }.consumed)
        assert.equal(1500, script.energy { zone = "Roof" }.generated)
      end)
    end

    it("is computed when the report names no device, without the meter of the home", function()
      home:add("device", { name = "Meter", zone = "Hall", class = "sensor",
        energy = { cumulative = true }, capabilities = { measure_power = 5000 } })
      home:answer { path = live, reply = { items = {} } }
      local energy = script.energy()
      assert.same({ 960, true }, { energy.consumed, energy.computed })
    end)

    it("skips what the hub cannot mean", function()
      local washer = home:device "Bath/Washer"
      home:answer { path = live, reply = {
        items = {
          { type = "device", id = washer.id, values = { W = 7 } }, 5, { id = 8 },
          { type = "device", id = "unknown", values = { W = 9 } },
          { type = "device", id = washer.id, values = { W = "many" } },
        },
        totalConsumed = { W = homey.null },
      } }
      local energy = script.energy()
      assert.same({ 7, 1, false }, { energy.consumed, #energy.devices, energy.computed })
    end)

    it("raises the error of the hub", function()
      home:fail { kind = "hub", path = live }
      refused("hub", "", script.energy)
      refused("not_found", "there is no zone 'Atic'", script.energy, { zone = "Atic" })
      refused("invalid", "one of `zone`, `day`", script.energy, { day = true, week = true })
      refused("invalid", "text such as \"2026%-W24\", or true for the current week, not 'w'",
        script.energy, { week = "w" })
      refused("invalid", "did you mean 'month'", script.energy, { moth = true })
    end)
  end)
end

describe("energy reports", function()
  local home, script

  before_each(function()
    home = a_home(3)
    script = home.homey
  end)

  after_each(function() home:close() end)

  for name, case in pairs {
    ["a day"] = { { day = "2026-06-11" }, "2026-06-11", 1 },
    ["yesterday"] = { { day = "yesterday" }, "2026-06-11", 1 },
    ["today"] = { { day = true }, "2026-06-12", 1 },
    ["a week"] = { { week = "2026-W24" }, "2026-W24", 7 },
    ["this week"] = { { week = true }, "2026-W24", 7 },
    ["a month"] = { { month = "2026-05" }, "2026-05", 31 },
    ["this month"] = { { month = true }, "2026-06", 30 },
    ["a year"] = { { year = 2026 }, "2026", 365 },
  } do
    it("are those of the hub: " .. name, function()
      local report = script.energy(case[1])
      assert.same({ case[2], case[3] }, { report.id, #report.days })
      assert.equal("kWh", report.electricity.unit)
    end)
  end

  it("follow the day of the home", function()
    home:set_time "2026-06-12 23:59"
    assert.equal("2026-06-11", script.energy { day = "yesterday" }.id)
    home:set_time "2026-10-26 00:30"
    assert.equal("2026-10-25", script.energy { day = "yesterday" }.id)
  end)

  it("do not exist on older hubs, which is said", function()
    local old = a_home(2)
    refused("invalid", "does not exist on this hub %(Homey of 2016 to 2019%), only on Homey Pro",
      old.homey.energy, { day = true })
    old:close()
  end)
end)

describe("electricity prices", function()
  local home, script

  before_each(function()
    home = a_home(3)
    script = home.homey
    local list = {}
    for hour = 0, 23 do list[hour + 1] = hour < 4 and 0.1 or 0.3 end
    list[14], list[15] = -0.01, 0.05
    home.model.data.electricity_prices = { ["2026-06-12"] = list }
  end)

  after_each(function() home:close() end)

  it("are a list by time", function()
    local prices = script.electricity_prices()
    assert.same({ 24, "2026-06-12", "EUR", "kWh", "hub" },
      { #prices, prices.date, prices.currency, prices.unit, prices.source })
    assert.same({ "2026-06-12 00:00", 0.1, 3600 },
      { prices[1].time, prices[1].price, prices[1].to - prices[1].from })
    assert.equal("24 prices of 2026-06-12", tostring(prices))
    assert.equal(0.3, prices:at(script.now()))
    home:advance "1 h 59 min"
    assert.equal(-0.01, prices:at(script.now()))
    assert.is_nil(prices:at(script.now() + 86400))
  end)

  it("tell the cheapest hours, in the order of the day", function()
    local times = {}
    for _, span in ipairs(script.electricity_prices():cheapest "4 h") do
      times[#times + 1] = span.time:sub(12)
    end
    assert.same({ "00:00", "01:00", "13:00", "14:00" }, times)
    assert.equal(2, #script.electricity_prices():cheapest "90 min")
    assert.equal(24, #script.electricity_prices():cheapest "30 h")
  end)

  it("are those of another day", function()
    assert.equal("2026-06-13", script.electricity_prices("tomorrow").date)
    assert.equal("2026-06-11 00:00", script.electricity_prices("2026-06-11")[1].time)
  end)

  it("may be of a quarter of an hour", function()
    home:answer { path = "/api/manager/energy/price/electricity/dynamic", reply = {
      priceUnit = "NOK", measureUnit = "kWh", priceInterval = "PT15M", pricesPerInterval = {
        { periodStart = "2026-06-12T10:15:00.000Z", value = 2 },
        { periodStart = "2026-06-12T10:00:00.000Z", value = 1 }, { periodStart = "soon" }, 5,
      },
    } }
    local prices = script.electricity_prices()
    assert.same({ 2, 1, 900, "2026-06-12 12:00", "NOK" },
      { #prices, prices[1].price, prices[1].to - prices[1].from, prices[1].time,
        prices.currency })
  end)

  it("are missing before they are published", function()
    home:answer { path = "/api/manager/energy/price/electricity/dynamic",
      reply = { pricesPerInterval = {} } }
    refused("not_found", "no electricity prices of 2026%-06%-13 are known",
      script.electricity_prices, "tomorrow")
  end)

  it("are refused of no day", function()
    refused("invalid", "a date such as \"2026%-06%-12\", not 'tomorow'",
      script.electricity_prices, "tomorow")
    refused("invalid", "prices:at takes seconds since 1970", function()
      script.electricity_prices():at "noon"
    end)
    refused("invalid", "prices:cheapest takes a time", function()
      script.electricity_prices():cheapest "four"
    end)
  end)
end)

for version = 2, 3 do
  it(("energy over sockets, version %d"):format(version), function()
    local server = support.start { api_version = version }
    local options = without_state(server.options)
    options.timezone = "Europe/Amsterdam"
    local real = homey.new(options)
    local energy = real:energy()
    assert.is_true(#energy.devices > 2 and energy.consumed >= 0)
    assert.is_false(energy.computed)
    local prices = real:electricity_prices "tomorrow"
    assert.same({ version == 2 and "cloud" or "hub", 24, "EUR" },
      { prices.source, #prices, prices.currency })
    assert.equal("00:00", prices[1].time:sub(12))
    assert.equal(4, #prices:cheapest "4 h")
    if version == 3 then assert.equal("kWh", real:energy({ month = true }).electricity.unit) end
    real:close()
    support.stop()
  end)
end
