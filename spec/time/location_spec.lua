-- Runs hardly any C code: not under Valgrind.
local Location = require "homey.time.location"
local Posix = require "homey.time.posix"
local Tzif = require "homey.time.tzif"
local calendar = require "homey.time.calendar"
local timezone = require "homey.time.timezone"
local try = require "homey.task.try"

local function days(text)
  local year, month, day = text:match "^(%d+)-(%d+)-(%d+)"
  return calendar.days(tonumber(year), tonumber(month), tonumber(day))
end

-- Seconds of "2026-03-29 02:30".
local function seconds(text)
  local hour, min = text:match " (%d+):(%d+)$"
  return days(text) * 86400 + hour * 3600 + min * 60
end

local function text_of(at) return os.date("!%Y-%m-%d %H:%M", at) end

local function place(name) return Location.new { timezone = name } end

describe("the calendar", function()
  it("converts days to dates and back", function()
    for _, row in ipairs {
      { 0, 1970, 1, 1, 4 }, { -1, 1969, 12, 31, 3 }, { 11016, 2000, 2, 29, 2 },
      { 20573, 2026, 4, 30, 4 }, { 47541, 2100, 3, 1, 1 },
    } do
      assert.equal(row[1], calendar.days(row[2], row[3], row[4]))
      assert.same({ row[2], row[3], row[4] }, { calendar.date(row[1]) })
      assert.equal(row[5], calendar.weekday(row[1]))
    end
  end)

  it("is consistent over four hundred years", function()
    local before = 0
    for day = days "1900-01-01", days "2300-01-01", 53 do
      local year, month, date = calendar.date(day)
      assert.equal(day, calendar.days(year, month, date))
      assert.is_true(date <= calendar.month_length(month, year))
      local key = year * 400 + month * 32 + date
      assert.is_true(key > before)
      before = key
    end
  end)
end)

-- Zone, moment in UTC, local time.
local shown = {
  { "Europe/Amsterdam", "2026-01-15 12:00", "2026-01-15 13:00" },
  { "Europe/Amsterdam", "2026-07-15 12:00", "2026-07-15 14:00" },
  { "Europe/Amsterdam", "2026-03-29 00:59", "2026-03-29 01:59" },
  { "Europe/Amsterdam", "2026-03-29 01:00", "2026-03-29 03:00" },
  { "Europe/Amsterdam", "2026-10-25 00:59", "2026-10-25 02:59" },
  { "Europe/Amsterdam", "2026-10-25 01:00", "2026-10-25 02:00" },
  { "Europe/Amsterdam", "1930-07-01 12:00", "1930-07-01 13:19" },
  -- from the rule at the end of the file
  { "Europe/Amsterdam", "2150-07-01 12:00", "2150-07-01 14:00" },
  { "America/New_York", "2026-03-08 06:59", "2026-03-08 01:59" },
  { "America/New_York", "2026-03-08 07:00", "2026-03-08 03:00" },
  { "Australia/Lord_Howe", "2026-01-15 12:00", "2026-01-15 23:00" },
  { "Australia/Lord_Howe", "2026-07-15 12:00", "2026-07-15 22:30" },
  { "Asia/Kolkata", "2026-07-15 12:00", "2026-07-15 17:30" },
  { "Asia/Kathmandu", "2026-07-15 12:00", "2026-07-15 17:45" },
  { "Europe/Dublin", "2050-07-15 12:00", "2050-07-15 13:00" }, -- winter time is the exception
  { "Pacific/Kiritimati", "2026-07-15 12:00", "2026-07-16 02:00" },
  { "Pacific/Apia", "2011-12-30 09:59", "2011-12-29 23:59" },
  { "Pacific/Apia", "2011-12-30 10:00", "2011-12-31 00:00" },
  { "UTC", "2026-07-15 12:00", "2026-07-15 12:00" },
  { "CET-1CEST,M3.5.0,M10.5.0/3", "2026-07-15 12:00", "2026-07-15 14:00" },
  { "CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25 01:00", "2026-10-25 02:00" },
  { "AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-01-15 12:00", "2026-01-15 23:00" },
  { "AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-07-15 12:00", "2026-07-15 22:00" },
  { "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2026-07-15 12:00", "2026-07-15 22:30" },
  { "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29 00:59", "2026-03-28 22:59" },
  { "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29 01:00", "2026-03-29 00:00" },
  { "IST-1GMT0,M10.5.0,M3.5.0/1", "2026-01-15 12:00", "2026-01-15 12:00" },
  { "XXX5", "2026-07-15 12:00", "2026-07-15 07:00" },
  { "XXX5YYY", "2026-07-15 12:00", "2026-07-15 08:00" }, -- summer time as usual
  -- J60 is 1 March, in leap years too
  { "XXX0YYY,J60/0,J300/0", "2028-03-01 00:00", "2028-03-01 01:00" },
  { "XXX0YYY,59/0,300/0", "2028-02-29 00:00", "2028-02-29 01:00" },
  { "XXX0YYY,59/0,300/0", "2026-03-01 00:00", "2026-03-01 01:00" },
}

describe("a location", function()
  for _, row in ipairs(shown) do
    it(("in %s shows %s at %s UTC"):format(row[1], row[3], row[2]), function()
      assert.equal(row[3], text_of(place(row[1]):wall(seconds(row[2]))))
    end)
  end

  -- Zone, local time, moment in UTC.
  for _, row in ipairs {
    { "Europe/Amsterdam", "2026-01-15 13:00", "2026-01-15 12:00" },
    { "Europe/Amsterdam", "2026-03-29 02:00", "2026-03-29 01:00" },
    -- a gap: the first moment after it
    { "Europe/Amsterdam", "2026-03-29 02:30", "2026-03-29 01:00" },
    { "Europe/Amsterdam", "2026-03-29 03:00", "2026-03-29 01:00" },
    { "Europe/Amsterdam", "2026-10-25 02:30", "2026-10-25 00:30" }, -- twice: the first
    { "Europe/Amsterdam", "2026-10-25 03:00", "2026-10-25 02:00" },
    { "Australia/Lord_Howe", "2026-04-05 01:45", "2026-04-04 14:45" },
    { "Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-03 15:30" },
    { "Pacific/Apia", "2011-12-30 12:00", "2011-12-30 10:00" }, -- a skipped day
    { "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-28 23:30", "2026-03-29 01:00" },
  } do
    it(("in %s has %s at %s UTC"):format(row[1], row[2], row[3]), function()
      assert.equal(row[3], text_of(place(row[1]):at(seconds(row[2]))))
    end)
  end

  for _, name in ipairs { "Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe",
    "Africa/Casablanca", "EST5EDT,M3.2.0,M11.1.0" } do
    it(("in %s never shows a later time earlier"):format(name), function()
      local here, before = place(name), 0
      for wall = seconds "2026-01-01 00:00", seconds "2027-01-01 00:00", 8100 do
        local at = here:at(wall)
        assert.is_true(at >= before)
        assert.is_true(here:wall(at) >= wall) -- later in a gap
        before = at
      end
    end)
  end

  it("suggests names for an unknown time zone", function()
    for name, pattern in pairs {
      ["Europe/Amsterdm"] =
        "no time zone 'Europe/Amsterdm' on this machine; did you mean 'Europe/Amsterdam'",
      ["../../etc/passwd"] = "no time zone '%.%./%.%./etc/passwd'", [""] = "no time zone ''",
      ["/etc/localtime"] = "no time zone '/etc",
      ["Europe"] = "no time zone 'Europe'",
      ["CET-1CEST,M13.5.0,M10.5.0"] = "no time zone 'CET%-1CEST,M13",
    } do
      local _, err = try(place, name)
      assert.equal("invalid", err.kind)
      assert.match(pattern, err.message)
    end
    local _, err = try(place, 5)
    assert.equal("a time zone is a name such as \"Europe/Amsterdam\", not 5.", err.message)
  end)

  it("refuses coordinates that are not on earth", function()
    for _, row in ipairs {
      { 91, 0, "`latitude` takes a number of degrees from %-90 to 90, not 91" },
      { 0, -181, "`longitude` .* not %-181" },
      { 0 / 0, 0, "`latitude`.*NaN" }, { "52", 4, "`latitude`.*'52'" },
      { 52, nil, "Give both of them" }, { nil, 4, "Give both of them" },
    } do
      local _, err = try(Location.new, { timezone = "UTC", latitude = row[1], longitude = row[2] })
      assert.equal("invalid", err.kind)
      assert.match(row[3], err.message)
    end
  end)

  it("has a readable name", function()
    assert.equal("homey.time.Location: UTC 52.37, 4.90",
      tostring(Location.new { timezone = "UTC", latitude = 52.37, longitude = 4.9 }))
    assert.equal("homey.time.Location: the machine's time zone", tostring(Location.new {}))
  end)
end)

describe("a POSIX time zone", function()
  for _, wrong in ipairs {
    "", "C", "CE-1", "CET", "CET-", "CET-1CEST,", "CET-1CEST,M3.5.0", "CET-1CEST,M3.5.0,",
    "CET-1CEST,M3.6.0,M10.5.0", "CET-25",
    "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,J0,J1", "CET-1CEST,366,1", "CET-1CEST,M3.5.0/,M10.5.0",
    "CET-1CEST,M3.5.0,M10.5.0x",
    "<CET-1", "CET-1:", "CET-1CEST,M3.5.0/168,M10.5.0",
  } do
    it("is not " .. wrong, function() assert.is_nil(Posix.parse(wrong)) end)
  end

  it("has adjacent spans", function()
    for _, text in ipairs {
      "CET-1CEST,M3.5.0,M10.5.0/3", "AEST-10AEDT,M10.1.0,M4.1.0/3", "XXX3EDT4,0/0,J365/23",
      "XXX0YYY,J365/167,J365/167",
    } do
      local zone = Posix.parse(text)
      local from, to
      local at = seconds "2026-01-15 00:00"
      for _ = 1, 20 do
        from, to = zone:span(at)
        assert.is_true(from <= at and at < to)
        at = to
      end
    end
  end)
end)

describe("a time zone file", function()
  local function four(value)
    local bytes = {}
    for i = 1, 4 do bytes[i] = math.floor(value / 256 ^ (4 - i)) % 256 end
    return string.char((table.unpack or unpack)(bytes)) -- luacheck: compat
  end

  local function header(version, times, types)
    return "TZif" .. version .. ("\0"):rep(15 + 12) .. four(times) .. four(types) .. four(4)
  end

  -- UTC+1, from `at` on UTC+2.
  local function body(at, width)
    local sign = at < 0 and "\255\255\255\255" or "\0\0\0\0"
    return (width == 8 and sign or "") .. four(at) .. "\1" .. four(3600) .. "\0\0" .. four(7200)
      .. "\1\0" .. "XYZ\0"
  end

  it("is read in version 1 as well", function()
    local zone = Tzif.parse(header("\0", 1, 2) .. body(1000, 4))
    assert.same({ -math.huge, 1000, 3600 }, { zone:span(999) })
    assert.same({ 1000, math.huge, 7200 }, { zone:span(1000) })
  end)

  it("continues with the rule at its end", function()
    local zone = Tzif.parse(header("2", 1, 2) .. body(0, 4) .. header("2", 1, 2) .. body(-1000, 8)
      .. "\nCET-1CEST,M3.5.0,M10.5.0/3\n")
    assert.same({ -math.huge, -1000, 3600 }, { zone:span(-1001) })
    assert.equal(-1000, (zone:span(-1000)))
    local _, _, offset = zone:span(seconds "2099-07-01 00:00")
    assert.equal(7200, offset)
  end)

  it("is rejected when damaged at any place", function()
    local whole = header("2", 1, 2) .. body(0, 4) .. header("2", 1, 2) .. body(1000, 8)
      .. "\nXXX-1\n"
    for length = 0, #whole do
      local zone = Tzif.parse(whole:sub(1, length))
      assert.is_true(zone == nil or length >= #whole - 7)
    end
    for at = 1, #whole do
      for _, byte in ipairs { "\0", "\1", "\127", "\255" } do
        local zone = Tzif.parse(whole:sub(1, at - 1) .. byte .. whole:sub(at + 1))
        if zone then assert.equal("number", type((select(3, zone:span(1780000000))))) end
      end
    end
  end)

  it("has its changes in order", function()
    local two = header("\0", 2, 2) .. four(1000) .. four(900) .. "\1\0" .. four(3600) .. "\0\0"
      .. four(7200) .. "\1\0" .. "XYZ\0"
    assert.is_nil(Tzif.parse(two))
  end)
end)

describe("the time zone of this machine", function()
  local getenv, open = os.getenv, io.open

  after_each(function() os.getenv, io.open = getenv, open end) -- luacheck: ignore 122

  local function with(variables, files)
    os.getenv = function(name) return variables[name] end -- luacheck: ignore 122
    if not files then return end
    io.open = function(path, ...) -- luacheck: ignore 122
      local text = files[path]
      if type(text) == "string" then
        local file = io.tmpfile()
        file:write(text)
        file:seek "set"
        return file
      end
      return text and open(text.path, ...)
    end
  end

  local summer = seconds "2026-07-15 12:00"
  local amsterdam = { path = "/usr/share/zoneinfo/Europe/Amsterdam" }

  local function hours() return (Location.new {}:wall(summer) - summer) / 3600 end

  for text, expected in pairs {
    ["Europe/Amsterdam"] = 2, [":Europe/Amsterdam"] = 2, ["/usr/share/zoneinfo/Asia/Tokyo"] = 9,
    [""] = 0,
    ["CET-1CEST,M3.5.0,M10.5.0/3"] = 2, ["UTC"] = 0, ["EST5"] = -5,
  } do
    it(("follows TZ=%s"):format(text), function()
      with { TZ = text }
      assert.equal(expected, hours())
    end)
  end

  it("follows /etc/localtime without a usable TZ", function()
    with({}, { ["/etc/localtime"] = amsterdam })
    assert.equal(2, hours())
    with({ TZ = "Nowhere/Land" }, { ["/etc/localtime"] = amsterdam })
    assert.equal(2, hours())
  end)

  it("follows /etc/TZ on a router", function()
    with({}, { ["/etc/TZ"] = "CET-1CEST,M3.5.0,M10.5.0/3\n" })
    assert.equal(2, hours())
  end)

  it("falls back to the C library", function()
    with({}, {})
    local here = Location.new {}
    for at = seconds "2026-01-01 00:00", seconds "2027-01-01 00:00", 86400 * 30 + 901 do
      assert.equal(os.date("%H:%M", at), os.date("!%H:%M", here:wall(at)))
      assert.equal(at, here:at(here:wall(at)))
    end
  end)

  it("follows /etc/timezone without /etc/localtime", function()
    with({}, {
      ["/etc/timezone"] = "Europe/Amsterdam\n",
      ["/usr/share/zoneinfo/Europe/Amsterdam"] = amsterdam,
    })
    assert.equal(2, hours())
    assert.is_nil(Location.new({}).unknown)
  end)

  it("is unknown when only its name exists", function()
    for _, case in ipairs {
      { { TZ = "Europe/Amsterdam" }, {} }, { { TZ = ":Europe/Amsterdam" }, {} },
      { {}, { ["/etc/timezone"] = "Europe/Amsterdam\n" } },
    } do
      with(case[1], case[2])
      assert.matches("^:?Europe/Amsterdam$", Location.new({}).unknown)
    end
    with({}, {})
    assert.is_nil(Location.new({}).unknown) -- no zone is set: UTC
    with({ TZ = "CET-1CEST,M3.5.0,M10.5.0/3" }, {})
    assert.is_nil(Location.new({}).unknown)
  end)

  it("explains a missing time zone database", function()
    with({}, {})
    local _, err = try(timezone.named, "Europe/Amsterdam")
    assert.equal('there is no time zone \'Europe/Amsterdam\' on this machine: ' .. timezone.advice,
      err.message)
  end)

  it("has UTC without any database", function()
    with({}, {})
    assert.equal(0, place("UTC"):wall(0))
    assert.equal(0, place("Etc/UTC"):wall(0))
    assert.is_false(pcall(timezone.named, "Europe/Amsterdam"))
  end)

  it("finds the database in TZDIR", function()
    with({ TZDIR = "/zones" },
      { ["/zones/Europe/Amsterdam"] = { path = "/usr/share/zoneinfo/Asia/Tokyo" } })
    assert.equal(9 * 3600, place("Europe/Amsterdam"):wall(0))
  end)
end)
