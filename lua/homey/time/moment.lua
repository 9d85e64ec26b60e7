-- Moments of a day: "22:30", "7 pm", "sunset - 30 min", "1 h before dawn", "22:00 +- 20 min", "sun
-- below 4 deg".

local duration = require "homey.util.duration"
local lazy = require "homey.util.lazy"
local number_text = require "homey.util.number_text"

local spread = lazy "homey.time.spread"
local sun = lazy "homey.time.sun"
local sun_words = lazy "homey.time.sun_words"

---@class homey.time.Moment
---@field second? integer  of the day, by the clock
---@field event? homey.time.SunEvent
---@field usual integer    the second of the day around which it occurs
---@field shift number     seconds after the event
---@field widest? number   seconds by which a random shift may differ from that
---@field rule? string     what the random shift depends on
local Moment = { __name = "homey.time.Moment" }
Moment.__index = Moment

local events = {
  midnight = { second = 0 }, noon = { second = 43200 },
  dawn = { event = "dawn", usual = 19800 }, sunrise = { event = "sunrise", usual = 21600 },
  sunset = { event = "sunset", usual = 64800 }, dusk = { event = "dusk", usual = 66600 },
}
local halves = { am = 0, pm = 12 }
local signs = { ["+"] = 1, ["-"] = -1 }
local sides = { before = -1, after = 1 }
local units = { "s", "seconds", "min", "minutes", "h", "hours" }
local minutes = "; did you mean 'min'?"

--- The words that name a moment, for suggestions.
Moment.names = { "dawn", "dusk", "midnight", "noon", "sunrise", "sunset" }

local function seconds_of(number, unit)
  return duration.read(number .. " " .. unit)
end

-- True when a duration starts n words ahead.
local function is_length(words, n)
  return words:peek(n).kind == "number" and words:peek(n + 1).kind == "word"
    and not halves[words:peek(n + 1).text]
end

local function read_length(words)
  local first, sum = words:peek(), 0
  while is_length(words, 0) do
    local number, unit = words:next(), words:next()
    local seconds = seconds_of(number.text, unit.text)
    if not seconds then
      words:fail(unit, ("there is no unit of time '%s'"):format(unit.text),
        unit.text == "m" and minutes or units)
    end
    sum = sum + seconds
  end
  if sum >= 86400 then words:fail(first, "this must be less than a day") end
  return sum
end

local function check_clock(words, word, hour, minute, second)
  if hour > 24 then words:fail(word, "there is no hour " .. hour) end
  if minute > 59 then words:fail(word, "there is no minute " .. minute) end
  if second > 59 then words:fail(word, "there is no second " .. second) end
  if hour == 24 and minute + second > 0 then words:fail(word, "there is nothing after 24:00") end
end

-- "7 pm", "7:30 pm": the hour of the day.
local function take_half(words, word, hour)
  local half = words:accept(halves)
  if not half then return hour end
  if hour < 1 or hour > 12 then
    words:fail(word, "the hours of am and pm are 1 to 12, not " .. hour)
  end
  return hour % 12 + half
end

local function read_clock(words)
  local word = words:next()
  local hour, minute, second = word.text:match "^(%d%d?):(%d%d)$"
  if not hour then hour, minute, second = word.text:match "^(%d%d?):(%d%d):(%d%d)$" end
  if not hour then
    words:fail(word, ("'%s' is not a time such as 22:30 or 22:30:15"):format(word.text))
  end
  hour, minute, second = tonumber(hour), tonumber(minute), tonumber(second or 0)
  check_clock(words, word, hour, minute, second)
  return { second = take_half(words, word, hour) * 3600 + minute * 60 + second }
end

local function read_hour(words)
  local word = words:next()
  local hour = number_text.read(word.text)
  if hour % 1 ~= 0 then words:fail(word, ("'%s' is not a time such as 22:30"):format(word.text)) end
  return { second = take_half(words, word, hour) * 3600 }
end

local function finish(base, shift)
  return setmetatable({
    second = base.second, event = base.event, usual = base.usual or base.second, shift = shift,
  }, Moment)
end

local noon, of_degree = 43200, 240 -- seconds: of the day, and in which the sky turns by a degree

-- "sun below 4 deg": the moment when the sun passes this height.
local function read_crossing(words)
  local height, is_above = sun_words.read_height(words)
  local from_noon = (90 - height) * of_degree
  return {
    event = sun.crossing(height, is_above), usual = noon + (is_above and -from_noon or from_noon),
  }
end

-- The event or clock time that a moment is relative to.
local function read_base(words)
  local word = words:peek()
  if word.kind == "clock" then return read_clock(words) end
  if word.kind == "number" and halves[words:peek(1).text] then return read_hour(words) end
  if word.text == "sun" then return sun_words.begins_height(words) and read_crossing(words) end
  return words:accept(events)
end

local function read_before(words)
  local first, length = words:peek(), read_length(words)
  if words:peek().kind == "end" then
    words:fail(first, "this is a duration, not a time. Use homey.every or homey.after")
  end
  local side = words:accept(sides) or words:unexpected("'before' or 'after'", { "before", "after" })
  local base = read_base(words) or words:unexpected("a time such as 22:30 or sunset", Moment.names)
  return finish(base, side * length)
end

-- "- 30 min" is an offset; "- 06:00" and "- 6 am" end a range.
local function read_shift(words)
  local sign, number, unit = words:peek(), words:peek(1), words:peek(2)
  if not signs[sign.text] or number.kind ~= "number" or halves[unit.text] then return 0 end
  if not is_length(words, 1) then
    words:fail(number, ("'%s' needs a unit, as in 30 min"):format(number.text))
  end
  words:next()
  return signs[sign.text] * read_length(words)
end

-- "+- 20 min": a random shift.
local function read_spread(words, moment)
  local sign = words:peek()
  if sign.text ~= "+" or words:peek(1).text ~= "-" then return moment end
  words.i = words.i + 2
  if not is_length(words, 0) then words:fail(sign, "'+-' takes a duration, as in +- 20 min") end
  moment.widest, moment.rule = read_length(words), words:text() .. words.i
  return moment
end

--- True when a moment starts at the next word.
---@param words homey.time.Words
---@return boolean
function Moment.begins(words)
  local word, unit = words:peek(), words:peek(1)
  if word.kind == "clock" or events[word.text] then return true end
  if word.text == "sun" then return sun_words.begins_height(words) end
  if word.kind ~= "number" or unit.kind ~= "word" then return false end
  return halves[unit.text] ~= nil or seconds_of("1", unit.text) ~= nil
end

--- Parse a moment.
---@param words homey.time.Words
---@return homey.time.Moment?  nil if none starts here
function Moment.read(words)
  if not Moment.begins(words) then return nil end
  if is_length(words, 0) then return read_spread(words, read_before(words)) end
  return read_spread(words, finish(read_base(words), read_shift(words)))
end

--- Its time on a day; nil if it does not occur.
---@param day integer  days since 1970-01-01
---@param place homey.time.Location
---@return number? at
function Moment:at(day, place)
  local base
  if self.event then
    base = place:sun(self.event, day)
  else
    base = place:at(day * 86400 + self.second)
  end
  if base and self.widest then
    base = base + spread(place.seed or "", self.rule, day, self.widest)
  end
  return base and base + self.shift
end

--- The same as local time.
---@param day integer
---@param place homey.time.Location
---@return number? wall
function Moment:wall(day, place)
  if self.second and self.shift == 0 and not self.widest then return day * 86400 + self.second end
  local at = self:at(day, place)
  return at and place:wall(at)
end

return Moment
