-- Conditions of time, "daytime and not sun", "between 22:00 and 06:00 fri", "sun below 4 deg";
-- docs/time.md has the grammar.
--
-- Invariant: a window of time belongs to the day on which it begins. It compares local time, so on
-- the days when summer time begins or ends it lasts as long as the clocks show it.

local Days = require "homey.time.days"
local Moment = require "homey.time.moment"
local Words = require "homey.time.tokenizer"
local sun_words = require("homey.util.lazy") "homey.time.sun_words"

---@class homey.time.Condition
---@field needs_sun boolean  needs latitude and longitude
---@field holds_at fun(now: number, place: homey.time.Location): boolean
local Condition = { __name = "homey.time.Condition" }
Condition.__index = Condition

local read_any

-- ---- tests: functions of a time and a place ----------------------------------------

local function on_days(days)
  return function(now, place) return days:has(math.floor(place:wall(now) / 86400)) end
end

-- Start and end in local time of the window that begins on a day; nil if one of them does not
-- exist.
local function window_of(window, day, place)
  local from, to = day * 86400, (day + 1) * 86400
  if window.from then from = window.from:wall(day, place) end
  if window.to then to = window.to:wall(day, place) end
  if window.over_midnight and from and to and to <= from then
    to = window.to:wall(day + 1, place)
  end
  return from, to
end

local function in_window(window, days)
  return function(now, place)
    local wall = place:wall(now)
    local today = math.floor(wall / 86400)
    -- with its offset one may begin on another day than it belongs to
    for day = today - 2, today + 1 do
      local from, to = window_of(window, day, place)
      if from and to and from <= wall and wall < to and (not days or days:has(day)) then
        return true
      end
    end
    return false
  end
end

-- Day and night depend on the height of the sun, also where it does not set. A night belongs to the
-- day of its evening.
local function by_sun(event, is_up, days)
  return function(now, place)
    if place:is_sun_above(event, now) ~= is_up then return false end
    local shift = is_up and 0 or 43200
    return not days or days:has(math.floor((place:wall(now) - shift) / 86400))
  end
end

local function by_height(height, is_above)
  return function(now, place)
    local elevation = place:sun_place(now)
    return (elevation > height) == is_above
  end
end

-- From one direction clockwise to the other, which may be beyond north.
local function by_direction(from, to)
  return function(now, place)
    local _, azimuth = place:sun_place(now)
    if from < to then return azimuth >= from and azimuth <= to end
    return azimuth >= from or azimuth <= to
  end
end

local phases = {}
for words, phase in pairs {
  ["daytime day"] = { "sunrise", true }, ["night nighttime"] = { "sunrise", false },
  ["light"] = { "dawn", true }, ["dark"] = { "dawn", false },
} do
  for word in words:gmatch "%a+" do phases[word] = phase end
end

-- ---- reading ------------------------------------------------------------------------------------

local commas = { [","] = true }
local is_moment = "this is a moment: write 'after' or 'before' it, or 'to' and another behind it"
local names = {
  "after", "and", "before", "between", "dark", "daytime", "light", "night", "not", "or",
}
for _, list in ipairs { Moment.names, Days.names } do
  for _, name in ipairs(list) do names[#names + 1] = name end
end
local sides = { after = "from", before = "to", since = "from", ["until"] = "to", till = "to" }
local to_words = { ["-"] = true, to = true, ["until"] = true, till = true }
local openings = { between = { ["and"] = true }, from = to_words }

local function read_moment(self, words)
  local moment = Moment.read(words)
    or words:unexpected("a time such as 22:30 or sunset", Moment.names)
  self.needs_sun = self.needs_sun or moment.event ~= nil
  return moment
end

local function is_same(a, b)
  return a.second == b.second and a.event == b.event and a.shift == b.shift
end

-- With the sun the order of the two may differ from day to day: the window spans midnight if it
-- begins in the afternoon and ends in the morning.
local function goes_over_midnight(from, to)
  local first, last = from.usual + from.shift, to.usual + to.shift
  if from.event or to.event then return first >= 43200 and last < 43200 end
  return last <= first
end

local function read_range(self, words, to_set, expected)
  local word = words:peek()
  local from = read_moment(self, words)
  if not words:accept(to_set) then
    if not expected then words:fail(word, is_moment) end
    words:unexpected(expected)
  end
  local to = read_moment(self, words)
  if is_same(from, to) then words:fail(word, "this window has no length") end
  return { from = from, to = to, over_midnight = goes_over_midnight(from, to) }
end

local function begins_window(words)
  local text = words:peek().text
  return openings[text] ~= nil or sides[text] ~= nil or Moment.begins(words)
end

local function read_window(self, words)
  local opening = words:accept(openings)
  if opening then
    return read_range(self, words, opening,
      opening["and"] and "'and' and a second time" or "'to' and a second time")
  end
  local side = words:accept(sides)
  if side then return { [side] = read_moment(self, words) } end
  return read_range(self, words, to_words)
end

local function any_of(list)
  if #list == 1 then return list[1] end
  return function(now, place)
    for _, each in ipairs(list) do
      if each(now, place) then return true end
    end
    return false
  end
end

local function all_of(list)
  if #list == 1 then return list[1] end
  return function(now, place)
    for _, each in ipairs(list) do
      if not each(now, place) then return false end
    end
    return true
  end
end

-- Skips a comma, if the wanted kind of word follows.
local function accept_comma(words, begins)
  local at = words.i
  if words:accept(commas) and begins(words) then return true end
  words.i = at
  return false
end

-- Windows separated by commas, and their days, before or behind them.
local function read_windows(self, words, days)
  local windows = {}
  repeat
    windows[#windows + 1] = read_window(self, words)
  until not accept_comma(words, begins_window)
  if not days then
    accept_comma(words, Days.begins)
    days = Days.read(words, commas)
  end
  for i, window in ipairs(windows) do windows[i] = in_window(window, days) end
  return any_of(windows)
end

local function read_phase(self, words, days)
  local phase = words:accept(phases)
  self.needs_sun = true
  return by_sun(phase[1], phase[2], days or Days.read(words, commas))
end

local function read_timed(self, words, days)
  if phases[words:peek().text] then return read_phase(self, words, days) end
  return begins_window(words) and read_windows(self, words, days) or nil
end

local function read_parentheses(self, words)
  local open = words:next()
  self.depth = self.depth + 1
  if self.depth > 50 then words:fail(open, "parentheses are nested too deeply") end
  local inside = read_any(self, words)
  self.depth = self.depth - 1
  if not words:accept { [")"] = true } then words:unexpected("')'") end
  return inside
end

-- "sun below 4 deg", "sun in 120..240 deg"; nil where "sun" is Sunday.
local function read_place_of_sun(self, words)
  if words:peek().text ~= "sun" then return nil end
  local test
  if sun_words.begins_height(words) then
    test = by_height(sun_words.read_height(words))
  elseif sun_words.begins_direction(words) then
    test = by_direction(sun_words.read_direction(words))
  end
  self.needs_sun = self.needs_sun or test ~= nil
  return test
end

local function read_one(self, words)
  if words:peek().text == "(" then return read_parentheses(self, words) end
  local timed = read_place_of_sun(self, words) or read_timed(self, words)
  if timed then return timed end
  local days = Days.read(words, commas)
  if not days then return words:unexpected("a time or a day", names) end
  accept_comma(words, begins_window)
  return read_timed(self, words, days) or on_days(days)
end

local function read_not(self, words)
  local is_negated = false
  while words:accept { ["not"] = true } do is_negated = not is_negated end
  local one = read_one(self, words)
  if not is_negated then return one end
  return function(now, place) return not one(now, place) end
end

local function read_all(self, words)
  local list = {}
  repeat list[#list + 1] = read_not(self, words) until not words:accept { ["and"] = true }
  return all_of(list)
end

function read_any(self, words)
  local list = {}
  repeat list[#list + 1] = read_all(self, words) until not words:accept { ["or"] = true }
  return any_of(list)
end

--- Parse a condition. An error names the position in the text.
---@param text string
---@param what? string  what takes it, for an error
---@return homey.time.Condition
function Condition.parse(text, what)
  local words = Words.of(what or "is", text)
  local self = setmetatable({ text = text, needs_sun = false, depth = 0 }, Condition)
  self.holds_at = read_any(self, words)
  if words:peek().kind ~= "end" then words:unexpected("'and' or 'or'", { "and", "or" }) end
  return self
end

function Condition:__tostring()
  return ("homey.time.Condition: %s"):format(self.text)
end

--- True when the condition holds.
---@param now number  seconds since 1970
---@param place homey.time.Location
---@return boolean
function Condition:holds(now, place)
  return self.holds_at(now, place)
end

return Condition
