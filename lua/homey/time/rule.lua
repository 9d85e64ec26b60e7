-- Time rules of homey.at: "07:00, 19:30 mon-fri", "sunset - 30 min", "*/15 * * * *". docs/time.md
-- has the grammar.
--
-- Invariant: `next` always moves forward and finds each moment once, also around changes to and
-- from summer time.

local Cron = require "homey.time.cron"
local Days = require "homey.time.days"
local Moment = require "homey.time.moment"
local Words = require "homey.time.tokenizer"

---@class homey.time.Rule
---@field needs_sun boolean  needs latitude and longitude
---@field parts {next: fun(self, after: number, place: homey.time.Location): number?}[]
local Rule = { __name = "homey.time.Rule" }
Rule.__index = Rule

-- ---- times on days ------------------------------------------------------------------------

---@class homey.time.Times
---@field moments homey.time.Moment[]
---@field days homey.time.Days|false  false: every day
local Times = {}
Times.__index = Times

-- days by which a moment may come before or after the day that it belongs to: sunset + 20 h
local reach = 2

local function next_day(self, day)
  if not self.days then return day end
  return self.days:next(day)
end

-- How many of the allowed days are tried: enough to get past half a year of polar night.
local patience = 800

--- The next time.
---@param after number
---@param place homey.time.Location
---@return number? at
function Times:next(after, place)
  local day, best, tries = next_day(self, math.floor(place:wall(after) / 86400) - reach), nil, 0
  local last
  while day and tries < patience and not (last and day > last) do
    for _, moment in ipairs(self.moments) do
      local at = moment:at(day, place)
      if at and at > after and not (best and best <= at) then
        best, last = at, last or day + reach
      end
    end
    day, tries = next_day(self, day + 1), tries + 1
  end
  return best
end

-- ---- reading ------------------------------------------------------------------------------------

local separators = { [","] = true, ["and"] = true, ["or"] = true, ["&"] = true }
local ends = { [","] = true, [";"] = true, ["and"] = true, ["or"] = true, ["&"] = true }
local names = {}
for _, list in ipairs { Moment.names, Days.names } do
  for _, name in ipairs(list) do names[#names + 1] = name end
end

-- Suggests a time for a number such as "22.30", "0700" or "7".
local shapes = { "^(%d%d?)%.(%d%d)$", "^(%d%d?)(%d%d)$", "^(%d%d?)%.?%d?$" }

local function clock_of(number)
  for _, shape in ipairs(shapes) do
    local hour, minute = number:match(shape)
    minute = tonumber(minute) and minute or "00"
    if hour and tonumber(hour) < 24 and tonumber(minute) < 60 then
      return ("; did you mean '%s:%s'?"):format(hour, minute)
    end
  end
end

local span = "; homey.is takes a span, such as \"between 22:00 and 06:00\"."
local makes_span = { between = true, from = true, to = true, ["until"] = true }

-- Reports whether the word after the next one begins a value of a kind, such as Days.
local function begins_behind(words, kind)
  words:next()
  local begins = kind.begins(words)
  words.i = words.i - 1
  return begins
end

local function unexpected_time(words)
  local word = words:peek()
  if word.kind == "number" and (words:peek(1).kind ~= "word" or begins_behind(words, Days)) then
    words:fail(word, ("'%s' is not a time"):format(word.text), clock_of(word.text))
  end
  if makes_span[word.text] or word.text == "-" and begins_behind(words, Moment) then
    words:fail(word, "this is a span of time, not a moment", span)
  end
  if word.text == "+" or word.text == "-" then
    words:fail(word, ("'%s' takes a duration, as in sunset %s 30 min"):format(word.text, word.text))
  end
  return words:unexpected("a time such as 22:30 or sunset", names)
end

local function read_moments(words)
  local moments = { Moment.read(words) or unexpected_time(words) }
  while true do
    local at = words.i
    words:accept(separators)
    local moment = Moment.read(words)
    if not moment then
      words.i = at
      return moments
    end
    moments[#moments + 1] = moment
  end
end

-- Parses times and then days, which may follow a comma.
local function read_times_first(words)
  local moments, at = read_moments(words), words.i
  words:accept(separators)
  local days = Days.read(words, separators)
  if not days then words.i = at end
  return moments, days
end

local function read_days_first(words)
  local days = Days.read(words, separators)
  return read_moments(words), days
end

local function read_part(words)
  local moments, days
  if Moment.begins(words) or not Days.begins(words) then
    moments, days = read_times_first(words)
  else
    moments, days = read_days_first(words)
  end
  return setmetatable({ moments = moments, days = days or false }, Times)
end

local function needs_sun(part)
  for _, moment in ipairs(part.moments) do
    if moment.event then return true end
  end
  return false
end

--- Parse a rule. An error names the position in the text.
---@param text string
---@param what? string  what takes it, for an error
---@return homey.time.Rule
function Rule.parse(text, what)
  local words = Words.of(what or "at", text)
  local self = setmetatable({ text = text, needs_sun = false, parts = {} }, Rule)
  if Cron.looks_like(text) then
    self.parts[1] = Cron.parse(words.what, text)
    return self
  end
  repeat
    local part = read_part(words)
    self.parts[#self.parts + 1] = part
    self.needs_sun = self.needs_sun or needs_sun(part)
  until not words:accept(ends)
    and (words:peek().kind == "end" or not (Moment.begins(words) or Days.begins(words)))
  if words:peek().kind ~= "end" then unexpected_time(words) end
  return self
end

function Rule:__tostring()
  return ("homey.time.Rule: %s"):format(self.text)
end

--- The next time; nil if there is none.
---@param after number  seconds since 1970
---@param place homey.time.Location
---@return number? at
function Rule:next(after, place)
  local first
  for _, part in ipairs(self.parts) do
    local at = part:next(after, place)
    if at and not (first and first <= at) then first = at end
  end
  return first
end

return Rule
