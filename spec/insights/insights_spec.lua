-- device:insights: what the hub has recorded, of both versions.
local homey = require "homey"
local sim = require "homey.sim"
local support = require "spec.support.sim"
local without_state = require "spec.support.without_state"

local function refused(kind, message, f)
  local _, err = homey.try(f)
  assert.equal(kind, err.kind)
  assert.match(message, err.message)
end

local function gaps_of(insights)
  local gaps = 0
  for _, point in ipairs(insights) do gaps = gaps + (point.value == nil and 1 or 0) end
  return gaps
end

for version = 2, 3 do
  describe(("insights of a hub of version %d"):format(version), function()
    local home, weather, lamp

    before_each(function()
      home = sim.home(nil, { time = "2026-06-12 12:00", api_version = version, quiet = true })
      weather, lamp = home:device "Garden/Weather", home:device "Hall/Lamp"
    end)

    after_each(function() home:close() end)

    it("are points with time and value, and gaps", function()
      local day = weather:insights("measure_temperature", { last = "24 h" })
      assert.same({ "last24Hours", 900, 96, "°C", 4 },
        { day.resolution, day.step, #day, day.units, gaps_of(day) })
      assert.equal(900, day[2].at - day[1].at)
      assert.equal(home:date("%Y-%m-%d %H:%M:%S", day[1].at):sub(15), day[1].time:sub(15))
      assert.equal("number", type(day[1].value))
      assert.near(86400, day.to - day.from, 1)
      assert.is_true(day[1].at >= day.from and day[#day].at <= day.to)
      assert.equal("Garden/Weather: measure_temperature, 96 points of last24Hours", tostring(day))
    end)

    it("have a mean, a least and a greatest value without the gaps", function()
      local day = weather:insights "measure_temperature"
      local sum, count, least, most = 0, 0, math.huge, -math.huge
      for _, point in ipairs(day) do
        if point.value then
          sum, count = sum + point.value, count + 1
          least, most = math.min(least, point.value), math.max(most, point.value)
        end
      end
      assert.near(sum / count, day:mean(), 1e-9)
      assert.same({ least, most }, { (day:min()), (day:max()) })
      local value, point = day:max()
      assert.equal(value, point.value)
    end)

    it("are what happened", function()
      lamp:set("onoff", true)
      home:advance "30 min"
      lamp:set("onoff", false)
      home:advance "30 min"
      local hour = lamp:insights("onoff", { last = "1 h" })
      assert.equal("lastHour", hour.resolution)
      assert.near(0.5, hour:mean(), 0.02)
      assert.is_true(hour[10].value)
      assert.is_false(hour[50].value)
    end)

    for last, resolution in pairs {
      ["10 min"] = "lastHour", ["1 h"] = "lastHour", ["5 h"] = "last6Hours",
      ["25 h"] = "last3Days", ["7 days"] = "last7Days", ["30 days"] = "last31Days",
      ["80 days"] = "last3Months", ["700 days"] = "last2Years",
    } do
      it("are read by the finest resolution that reaches back: " .. last, function()
        local read = weather:insights("measure_temperature", { last = last })
        assert.equal(resolution, read.resolution)
        assert.is_true(read[1].at >= read.from and read[1].at <= read.from + 2 * read.step)
      end)
    end

    it("are read from one moment to another", function()
      local from = home:now() - 50 * 3600
      local read = weather:insights("measure_temperature", { from = from, to = from + 7200 })
      assert.same({ "last3Days", from, from + 7200 }, { read.resolution, read.from, read.to })
      assert.equal(5, #read)
      local text = weather:insights("measure_temperature",
        { from = "2026-06-11 06:00", to = "2026-06-11 07:00" })
      assert.same({ "2026-06-11 06:00:00", 3 }, { text[1].time, #text })
    end)

    it("are read by a resolution of the hub", function()
      local read = weather:insights("measure_temperature", { resolution = "yesterday" })
      assert.same({ "yesterday", 96 }, { read.resolution, #read })
    end)

    it("are written as comma-separated values", function()
      local path = os.tmpname()
      local read = weather:insights("measure_temperature", { last = "24 h" })
      local text = read:csv(path)
      local file = assert(io.open(path))
      assert.equal(text, file:read "*a")
      file:close()
      os.remove(path)
      local lines = {}
      for line in text:gmatch "[^\n]+" do lines[#lines + 1] = line end
      assert.equal("time,at,value", lines[1])
      assert.equal(97, #lines)
      assert.equal(("%s,%d,%s"):format(read[1].time, read[1].at, read[1].value), lines[2])
      local empty = 0
      for _, line in ipairs(lines) do empty = empty + (line:find ",$" and 1 or 0) end
      assert.equal(4, empty)
      refused("invalid", "cannot write the file. /no/such: No such file", function()
        read:csv "/no/such"
      end)
    end)

    it("skip what the hub cannot mean", function()
      local uri = "homey:device:" .. weather.id
      home:answer {
        path = ("/api/manager/insights/log/%s/%s/entry"):format(uri,
          version == 2 and "measure_temperature" or uri .. ":measure_temperature"),
        reply = { values = {
          { t = "2026-06-12T09:10:00.000Z", v = 2 }, { t = "soon", v = 1 }, 7,
          { t = "2026-06-12T09:00:00.000Z", v = "warm" },
          { t = "2026-06-12T09:05:00.000Z", v = homey.null },
        }, start = "2026-06-12T09:00:00.000Z", step = 300000 },
      }
      local read = weather:insights("measure_temperature", { resolution = "lastHour" })
      assert.same({ 3, 2, 2 }, { #read, read[3].value, read:mean() })
      assert.equal(2, gaps_of(read))
      assert.is_true(#home:logged "warning" > 0)
    end)

    it("refuse what cannot be", function()
      refused("not_found", "the hub records no values of 'onof'; did you mean 'onoff'", function()
        lamp:insights "onof"
      end)
      refused("invalid", "either `last`, or `from` and `to`", function()
        lamp:insights("onoff", { last = "3 h", from = 0 })
      end)
      refused("invalid", "did you mean 'yesterday'", function()
        lamp:insights("onoff", { resolution = "yesterda" })
      end)
      refused("invalid", "a time such as \"2026%-06%-12 10:00\", not 'noon'", function()
        lamp:insights("onoff", { from = "noon" })
      end)
      refused("invalid", "for two years", function()
        lamp:insights("onoff", { last = "800 days" })
      end)
      refused("invalid", "`from` must be before `to`", function()
        lamp:insights("onoff", { from = home:now() + 1 })
      end)
      home:advance "30 min"
      refused("invalid", "is true or false", function() lamp:insights "onoff":max() end)
      refused("invalid", "insights:mean%(...%)", function()
        lamp:insights "onoff".mean()
      end)
    end)
  end)

  it(("insights over sockets, version %d"):format(version), function()
    local server = support.start { api_version = version }
    local real = homey.new(without_state(server.options))
    local read = real:device "Garden/Weather":insights("measure_temperature", { last = "3 days" })
    assert.equal("last3Days", read.resolution)
    assert.is_true(#read > 100 and read:min() < read:max())
    refused("not_found", "no values of 'measure_temprature'; did you mean", function()
      real:device "Garden/Weather":insights "measure_temprature"
    end)
    real:close()
    support.stop()
  end)
end
