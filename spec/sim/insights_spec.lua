-- Insights and flow tokens of the simulated hub.
-- Runs hardly any C code: not under Valgrind.
local sim = require "homey.sim"

local thermostat = "homey:device:d04f9b27-5e8c-4a13-b6d0-82c7f1e3a928"
local home, homey, version

local function open(changes, given)
  home = sim.home(given, changes)
  homey, version = home.homey, changes and changes.api_version or 3
end

local function entries(resolution, capability)
  local id = capability or "measure_temperature"
  if version == 3 then id = thermostat .. ":" .. id end
  return homey.get(("/api/manager/insights/log/%s/%s/entry%s"):format(thermostat, id,
    resolution and "?resolution=" .. resolution or ""))
end

for api_version = 2, 3 do
  describe(("insights of a simulated hub of version %d"):format(api_version), function()
    before_each(function() open { api_version = api_version, time = "2026-01-05 12:00" } end)

    it("have a log for each number and boolean of a device", function()
      local found
      for _, log in ipairs(homey.get "/api/manager/insights/log") do
        if log.title == "Floor temperature" then found = log end
      end
      assert.same({ "number", "°C", 23.4 }, { found.type, found.units, found.lastValue })
      local id = api_version == 2 and { thermostat, "measure_temperature.floor" }
        or { nil, thermostat .. ":measure_temperature.floor" }
      assert.same(id, { found.uri, found.id })
    end)

    it("are what the values were since the simulation began", function()
      home:advance "10 min"
      home:operate("Living room/Thermostat", "measure_temperature", 22)
      home:advance "5 min"
      local hour = entries "lastHour"
      local last = #hour.values
      assert.same({ 22, 60000, 22 }, { hour.values[last].v, hour.step, hour.lastValue })
      assert.equal(20.1, hour.values[last - 6].v)
      assert.truthy(hour.start:find "^2026%-01%-05T")
    end)

    it("have a curve before that, with a gap", function()
      local day, gaps, numbers = entries "last24Hours", 0, 0
      for _, entry in ipairs(day.values) do
        if entry.v == homey.json.null then gaps = gaps + 1 else numbers = numbers + 1 end
      end
      assert.same({ 4, 92 }, { gaps, numbers })
    end)
  end)
end

describe("insights of a simulated hub", function()
  before_each(function() open { time = "2026-03-30 10:00" } end)

  it("follow the clocks at home by the calendar", function()
    local spans = {
      today = { "2026-03-29T22:00", "2026-03-30T22:00" },
      yesterday = { "2026-03-28T23:00", "2026-03-29T22:00" }, -- the day with 23 hours
      thisWeek = { "2026-03-29T22:00", "2026-04-05T22:00" },
      lastMonth = { "2026-01-31T23:00", "2026-02-28T23:00" },
      lastYear = { "2024-12-31T23:00", "2025-12-31T23:00" },
    }
    for name, span in pairs(spans) do
      local reply = entries(name)
      assert.same(span, { reply.start:sub(1, 16), reply["end"]:sub(1, 16) })
    end
  end)

  it("know the resolutions of hubs, and refuse others", function()
    for _, name in ipairs {
      "lastHour", "lastHourLowRes", "last6Hours", "last6HoursLowRes", "last24Hours", "last3Days",
      "last7Days", "last14Days", "last31Days", "last3Months", "last6Months", "last2Years", "today",
      "thisWeek", "thisMonth", "thisYear", "yesterday", "lastWeek", "lastMonth", "lastYear",
    } do
      local reply = entries(name)
      assert.is_true(#reply.values > 0 and reply.step > 0, name)
    end
    local _, err = homey.try(entries, "lastFortnight")
    assert.match("Invalid Resolution: lastFortnight", err.message, 1, true)
  end)

  it("have no values before the simulation without a curve", function()
    open({ time = "2026-01-05 12:00" }, {
      devices = { { id = "d04f9b27-5e8c-4a13-b6d0-82c7f1e3a928", name = "A",
        capabilities = { measure_temperature = 4 } } },
    })
    for _, entry in ipairs(entries("last24Hours").values) do
      assert.equal(homey.json.null, entry.v)
    end
  end)

  it("are those of the home's data, where it has them", function()
    local id = "homey:device:d04f9b27-5e8c-4a13-b6d0-82c7f1e3a928:measure_temperature"
    local given = { start = "a", ["end"] = "b", step = 1, values = { { t = "a", v = 3 } } }
    home.model.data.insights_entries = { [id] = { lastHour = given } }
    assert.equal(3, entries("lastHour").values[1].v)
  end)

  it("forget a log that is deleted", function()
    local path = ("/api/manager/insights/log/%s/%s:measure_temperature"):format(thermostat,
      thermostat)
    local before = #homey.get "/api/manager/insights/log"
    homey.delete(path)
    assert.equal(before - 1, #homey.get "/api/manager/insights/log")
  end)
end)

describe("flow tokens of a simulated hub", function()
  local guests = "5e20b8f6-7d4a-4c93-8f1b-a6d9c3e07b45"

  it("are those of variables and devices", function()
    open()
    local path = "/api/manager/flowtoken/flowtoken/homey:manager:logic:" .. guests
    assert.equal("Guests", homey.get(path).title)
    assert.equal(2, homey.get(path .. "/value"))
    homey.put("/api/manager/logic/variable/" .. guests, { value = 5 })
    assert.equal(5, homey.get(path .. "/value"))
    assert.equal(20.1, homey.get("/api/manager/flowtoken/flowtoken/" .. thermostat
      .. ":measure_temperature/value"))
  end)

  it("have their value with them in version 2", function()
    open { api_version = 2 }
    local path = "/api/manager/flowtoken/flowtoken/homey:manager:logic/" .. guests
    assert.same({ "homey:manager:logic", guests, 2 },
      { homey.get(path).uri, homey.get(path).id, homey.get(path).value })
  end)
end)
