-- Sets of days: "mon-fri", "weekend", "first monday", "1 dec - 6 jan", "2026-12-24", "except 24
-- dec".
--
-- Days of the week and of the month are one list, dates another. A day matches if it is in each
-- list that was given, and not among the exceptions.

local calendar = require "homey.time.calendar"
local number_text = require "homey.util.number_text"
local lower = require("homey.util.text").lower
local sun_words = require("homey.util.lazy") "homey.time.sun_words"

---@class homey.time.Days
---@field weekdays table<integer, boolean>  1 is Monday
---@field of_month {nth: integer, weekday: integer?}[]  nth = -1: the last
---@field dates {from: table, to: table}[]
---@field has_weekly boolean  weekdays or of_month are not empty
---@field except? homey.time.Days
local Days = { __name = "homey.time.Days" }
Days.__index = Days

local cycle = 146097 -- days after which the calendar repeats itself

local function index(list)
  local map = {}
  for number, names in ipairs(list) do
    for name in names:gmatch "%a+" do map[name] = number end
  end
  return map
end

local weekday_names = index {
  "mon monday mondays", "tue tues tuesday tuesdays", "wed weds wednesday wednesdays",
  "thu thur thurs thursday thursdays",
  "fri friday fridays", "sat saturday saturdays", "sun sunday sundays",
}
local month_list = {
  "January", "February", "March", "April", "May", "June",
  "July", "August", "September", "October", "November", "December",
}
local month_names = { sept = 9 }
for number, name in ipairs(month_list) do
  month_names[lower(name)], month_names[lower(name):sub(1, 3)] = number, number
end

local groups = {
  weekday = { 1, 5 }, weekdays = { 1, 5 }, weekend = { 6, 7 }, weekends = { 6, 7 },
  daily = { 1, 7 }, day = { 1, 7 }, days = { 1, 7 }, everyday = { 1, 7 },
}
local ordinals = { first = 1, second = 2, third = 3, fourth = 4, fifth = 5, last = -1 }
local suffixes = { st = true, nd = true, rd = true, th = true }
local exceptions = { except = true, ["not"] = true, but = true }

--- The words that name days, for suggestions.
Days.names = { "daily", "weekday", "weekdays", "weekend", "except", "first", "last" }
for name in pairs(weekday_names) do table.insert(Days.names, name) end
for name in pairs(month_names) do table.insert(Days.names, name) end
table.sort(Days.names)

Days.weekday_names, Days.month_names = weekday_names, month_names

-- ---- reading ------------------------------------------------------------------------------------

local function is_month(word) return month_names[word.text] ~= nil end

-- True when "24 dec" or "24 - 26 dec" starts n words ahead.
local function is_dated_number(words, n)
  if words:peek(n).kind ~= "number" then return false end
  if is_month(words:peek(n + 1)) then return true end
  return words:peek(n + 1).text == "-" and words:peek(n + 2).kind == "number"
    and is_month(words:peek(n + 3))
end

local function begins_date(words, n)
  local word = words:peek(n)
  return word.kind == "date" or is_month(word) or is_dated_number(words, n)
end

local function is_ordinal(words)
  return ordinals[words:peek().text] ~= nil
    or words:peek().kind == "number" and suffixes[words:peek(1).text] ~= nil
end

--- True when days start at the next word.
---@param words homey.time.Words
---@return boolean
function Days.begins(words)
  local text = words:peek().text
  if text == "sun" and sun_words.begins(words) then return false end
  return weekday_names[text] ~= nil or groups[text] ~= nil or is_ordinal(words)
    or begins_date(words, 0)
end

local function read_weekdays(days, words)
  local first = words:accept(weekday_names)
  local last = first
  if words:peek().text == "-" or words:peek().text == "to" then
    words:next()
    last = words:accept(weekday_names) or words:unexpected("a day of the week", Days.names)
  end
  local each = first
  days.weekdays[each] = true
  while each ~= last do
    each = each % 7 + 1
    days.weekdays[each] = true
  end
end

local function read_group(days, words)
  local range = words:accept(groups)
  for each = range[1], range[2] do days.weekdays[each] = true end
end

local function read_number(words, most, what)
  local word = words:next()
  local number = number_text.read(word.text)
  if number % 1 ~= 0 or number < 1 or number > most then
    words:fail(word, ("there is no %s %s"):format(what, word.text))
  end
  return math.floor(number)
end

local month_words = { month = true, months = true }

-- "first monday", "last day of the month", "15th".
local function read_ordinal(days, words)
  local word = words:peek()
  local nth = words:accept(ordinals)
  if not nth then
    nth = read_number(words, 31, "day")
    words:next()
  end
  local weekday = words:accept(weekday_names)
  if weekday and nth > 5 then words:fail(word, "a month has at most five weeks") end
  if not weekday and not words:accept { day = true } and word.kind == "word" then
    words:unexpected("a day of the week, or 'day'", Days.names)
  end
  words:accept(month_words)
  table.insert(days.of_month, { nth = nth, weekday = weekday })
end

local function check_date(words, word, date)
  local most = calendar.month_length(date.month, date.year)
  if date.day > most or date.day < 1 then
    local year = date.year and date.day == 29 and (" of %d"):format(date.year) or ""
    words:fail(word, ("%s%s has no day %d"):format(month_list[date.month], year, date.day))
  end
  return date
end

local function read_iso(words)
  local word = words:next()
  local year, month, day = word.text:match "^(%d+)%-(%d+)%-(%d+)$"
  local date = { year = tonumber(year), month = tonumber(month), day = tonumber(day) }
  if not month_list[date.month] then words:fail(word, "there is no month " .. month) end
  return check_date(words, word, date)
end

local function accept_year(words)
  local word = words:peek()
  if word.kind ~= "number" or not word.text:find "^%d%d%d%d$" then return nil end
  return tonumber(words:next().text)
end

-- A date. A month alone is its first or last day; a number before "- 26 dec" stays a number.
local function read_date(words, is_last)
  local word = words:peek()
  if word.kind == "date" then return read_iso(words) end
  local day = word.kind == "number" and read_number(words, 31, "day") or nil
  local month = words:accept(month_names)
  if not month then return { day = day, word = word } end
  if not day and words:peek().kind == "number" and not words:peek().text:find "^%d%d%d" then
    day = read_number(words, 31, "day")
  end
  local year = accept_year(words)
  return check_date(words, word, {
    day = day or (is_last and calendar.month_length(month, year) or 1), month = month, year = year,
    whole = not day,
  })
end

local function read_dates(days, words)
  local word = words:peek()
  local from = read_date(words, false)
  local to = from
  if (words:peek().text == "-" or words:peek().text == "to") and begins_date(words, 1) then
    words:next()
    to = read_date(words, true)
    if not from.month then
      from = check_date(words, word, { day = from.day, month = to.month, year = to.year })
    end
  elseif from.whole then
    to = {
      day = calendar.month_length(from.month, from.year), month = from.month, year = from.year,
    }
  end
  if (from.year == nil) ~= (to.year == nil) then
    words:fail(word, "give a year to both dates or to none")
  end
  local range = { from = from, to = to }
  if from.year then
    range.first, range.last = calendar.days(from.year, from.month, from.day),
      calendar.days(to.year, to.month, to.day)
    if range.first > range.last then words:fail(word, "this ends before it begins") end
  end
  table.insert(days.dates, range)
end

local function read_one(days, words)
  local text = words:peek().text
  if begins_date(words, 0) then
    read_dates(days, words)
  elseif weekday_names[text] then
    read_weekdays(days, words)
  elseif groups[text] then
    read_group(days, words)
  else
    read_ordinal(days, words)
  end
end

-- True when another day follows, also after a comma.
local function another(words, separators)
  local at = words.i
  if separators[words:peek().text] then words:next() end
  if Days.begins(words) then return true end
  words.i = at
  return false
end

local function read_list(words, separators)
  local days = setmetatable({ weekdays = {}, of_month = {}, dates = {} }, Days)
  repeat read_one(days, words) until not another(words, separators)
  days.has_weekly = next(days.weekdays) ~= nil or #days.of_month > 0
  return days
end

local function read_exception(words, separators)
  words:accept(exceptions)
  words:accept { ["not"] = true } -- "but not"
  if not Days.begins(words) then words:unexpected("a day such as sat or 24 dec", Days.names) end
  return read_list(words, separators)
end

--- Parse days.
---@param words homey.time.Words
---@param separators table<string, boolean>  what may stand between two of them
---@return homey.time.Days?  nil if none start here
function Days.read(words, separators)
  local word = words:peek()
  if not Days.begins(words) and not exceptions[word.text] then return nil end
  local days = exceptions[word.text]
    and setmetatable({ weekdays = {}, of_month = {}, dates = {} }, Days)
    or read_list(words, separators)
  if exceptions[words:peek().text] then days.except = read_exception(words, separators) end
  if not days:next(0) then words:fail(word, "there is no such day") end
  return days
end

-- ---- evaluating ---------------------------------------------------------------------------------

local function is_nth(each, day, date, length)
  if each.weekday and calendar.weekday(day) ~= each.weekday then return false end
  if not each.weekday then return date == (each.nth == -1 and length or each.nth) end
  if each.nth == -1 then return date + 7 > length end
  return math.ceil(date / 7) == each.nth
end

local function is_in_week(self, day, date, length)
  if not self.has_weekly or self.weekdays[calendar.weekday(day)] then return true end
  for _, each in ipairs(self.of_month) do
    if is_nth(each, day, date, length) then return true end
  end
  return false
end

-- True when a range overlaps some days of a month.
local function overlaps(range, year, month, from, to)
  if range.first then
    local begin = calendar.days(year, month, 1) - 1
    return range.first <= begin + to and range.last >= begin + from
  end
  local first, last = range.from.month * 32 + range.from.day, range.to.month * 32 + range.to.day
  local is_before, is_behind = month * 32 + from <= last, month * 32 + to >= first
  if first <= last then return is_before and is_behind end
  return is_before or is_behind
end

local function is_in_dates(self, year, month, from, to)
  if #self.dates == 0 then return true end
  for _, range in ipairs(self.dates) do
    if overlaps(range, year, month, from, to) then return true end
  end
  return false
end

--- True when a day matches.
---@param day integer  days since 1970-01-01
---@return boolean
function Days:has(day)
  local year, month, date = calendar.date(day)
  return is_in_dates(self, year, month, date, date)
    and is_in_week(self, day, date, calendar.month_length(month, year))
    and not (self.except and self.except:has(day))
end

-- The first and the last possible day, if every date has a year.
local function bounds(self)
  if #self.dates == 0 then return -math.huge, math.huge end
  local first, last = math.huge, -math.huge
  for _, range in ipairs(self.dates) do
    first, last = math.min(first, range.first or -math.huge),
      math.max(last, range.last or math.huge)
  end
  return first, last
end

--- The first matching day from another one on; nil if there is none.
---@param day integer
---@return integer?
function Days:next(day)
  local first, last = bounds(self)
  if first > day then day = first end
  last = math.min(last, day + cycle)
  while day <= last do
    local year, month, date = calendar.date(day)
    local length = calendar.month_length(month, year)
    if is_in_dates(self, year, month, date, length) then
      for each = day, day + length - date do
        if self:has(each) then return each end
      end
    end
    day = day + length - date + 1
  end
  return nil
end

return Days
