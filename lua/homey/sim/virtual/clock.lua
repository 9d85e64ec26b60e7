--- What the clocks of a simulated home show, and when they show what a person writes, "2026-03-29 01:59".
local Place = require "homey.time.location"
local calendar = require "homey.time.calendar"
local invalid = require "homey.util.invalid"
local show = require "homey.util.format"

local wall = {}

-- The place of a home; a change of its time zone is seen at once.
local function place_of(home)
  local name = home.model.data.clock and home.model.data.clock.timezone or "UTC"
  if not home.walls or home.walls.timezone ~= name then home.walls = Place.new { timezone = name } end
  return home.walls
end

-- "01:59" or "01:59:30" in seconds of the day.
local function second_of(text)
  local hour, minute, rest = text:match "^(%d%d?):(%d%d)(.*)$"
  local second = rest == "" and 0 or tonumber((rest or ""):match "^:(%d%d)$")
  if not hour or not second then return nil end
  if tonumber(hour) > 23 or tonumber(minute) > 59 or second > 59 then return nil end
  return hour * 3600 + minute * 60 + second
end

-- A day, as a number, and a second of it.
local function read(text)
  local year, month, day, rest = text:match "^(%d%d%d%d)%-(%d%d)%-(%d%d)[ T]?(.*)$"
  if not year then return nil, second_of(text) end
  year, month, day = tonumber(year), tonumber(month), tonumber(day)
  if month < 1 or month > 12 or day < 1 or day > calendar.month_length(month, year) then return nil end
  return calendar.days(year, month, day), rest == "" and 0 or second_of(rest)
end

local function check(when)
  local day, second
  if type(when) == "string" then day, second = read(when) end
  if second then return day, second end
  return invalid("a time is written \"2026-03-29 01:59\", \"01:59\", or as seconds since 1970, not %s.", show(when))
end

local function is_number(when)
  return type(when) == "number" and when == when and math.abs(when) < 2 ^ 40
end

local function today(home, place)
  return math.floor(place:wall(home.loop:time()) / 86400)
end

--- When the clocks show a time; without a date that of today. One that comes twice is the first of the two.
---@param home homey.sim.VirtualHome
---@param when string|number
---@return number at  seconds since 1970
function wall.moment(home, when)
  if is_number(when) then return when end
  local day, second = check(when)
  local place = place_of(home)
  return place:at((day or today(home, place)) * 86400 + second)
end

--- When the clocks show a time next; one with a date only then.
---@param home homey.sim.VirtualHome
---@param when string|number
---@return number at
function wall.next(home, when)
  if is_number(when) then return when end
  local day, second = check(when)
  local place, now = place_of(home), home.loop:time()
  if day then return place:at(day * 86400 + second) end
  local at = place:at(today(home, place) * 86400 + second)
  return at > now and at or place:at((today(home, place) + 1) * 86400 + second)
end

--- What the clocks show at a moment, "2026-03-29 01:59:00".
---@param home homey.sim.VirtualHome
---@param at number  seconds since 1970
---@return string
function wall.text(home, at)
  local shown = math.floor(place_of(home):wall(at))
  local year, month, day = calendar.date(math.floor(shown / 86400))
  local second = shown % 86400
  return ("%04d-%02d-%02d %02d:%02d:%02d"):format(year, month, day, math.floor(second / 3600),
    math.floor(second / 60) % 60, second % 60)
end

--- What os.time and os.date are in a script: this home's clock, as if its machine stood there.
---@param home homey.sim.VirtualHome
---@return {time: fun(t?: table): integer, date: fun(format?: string, at?: number): string|table}
function wall.os(home)
  local function time(t) return t and os.time(t) or math.floor(home.loop:time()) end
  local function date(format, at)
    format, at = format or "%c", at or time()
    if format:sub(1, 1) == "!" then return os.date(format, at) end
    return os.date("!" .. format, math.floor(place_of(home):wall(at)))
  end
  return { time = time, date = date }
end

return wall
