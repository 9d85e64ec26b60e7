-- Cron expressions: "*/15 7-22 * * mon-fri", "@daily".
--
-- As in cron, if both the day of the month and the day of the week are restricted, one match is
-- enough, and a field that begins with a star does not restrict. If the hour is a star, real
-- minutes count: a quarter of an hour stays one when summer time begins or ends. Else each local
-- time occurs once, as for other rules.

local calendar = require "homey.time.calendar"
local lazy = require "homey.util.lazy"
local text_error = require "homey.time.text_error"
local Days = require "homey.time.days"
local lower = require("homey.util.text").lower

local suggest = lazy "homey.util.suggest"

---@class homey.time.Cron
---@field minute table<integer, boolean>
---@field hour table<integer, boolean>
---@field day table<integer, boolean>
---@field month table<integer, boolean>
---@field weekday table<integer, boolean>  0 is Sunday
local Cron = { __name = "homey.time.Cron" }
Cron.__index = Cron

local macros = {
  ["@hourly"] = "0 * * * *", ["@daily"] = "0 0 * * *", ["@midnight"] = "0 0 * * *",
  ["@weekly"] = "0 0 * * 0",
  ["@monthly"] = "0 0 1 * *", ["@yearly"] = "0 0 1 1 *", ["@annually"] = "0 0 1 1 *",
}
local month_names, weekday_names = {}, {}
for name, number in pairs(Days.month_names) do month_names[name] = number end
for name, number in pairs(Days.weekday_names) do weekday_names[name] = number % 7 end

local fields = {
  { "minute", 0, 59 }, { "hour", 0, 23 }, { "day", 1, 31 }, { "month", 1, 12, month_names },
  { "weekday", 0, 7, weekday_names },
}
local titles = {
  minute = "minute", hour = "hour", day = "day of the month", month = "month",
  weekday = "day of the week",
}

--- True when a text looks like a cron expression.
---@param text string
---@return boolean
function Cron.looks_like(text)
  if text:find "^%s*@" or text:find("*", 1, true) then return true end
  return text:find "^%s*[%d,/?-]+%s+[%d,/?-]+%s+[%w,/?-]+%s+[%w,/?-]+%s+[%w,/?-]+%s*$" ~= nil
end

-- ---- reading ------------------------------------------------------------------------------------

local function read_value(row, text, fail)
  local value = row[4] and row[4][text] or text:find "^%d+$" and tonumber(text)
  local title = titles[row[1]]
  if not value then
    fail(("'%s' is no %s"):format(text, title), row[4] and suggest.hint(text, suggest.keys(row[4])))
  end
  if value < row[2] or value > row[3] then
    fail(("there is no %s %s: it is %d to %d"):format(title, text, row[2], row[3]))
  end
  return value
end

local function read_range(row, text, fail)
  if text == "*" or text == "?" then return row[2], row[3] end
  local first, last = text:match "^(%w+)%-(%w+)$"
  if not first then return read_value(row, text, fail) end
  local from, to = read_value(row, first, fail), read_value(row, last, fail)
  -- Sunday ends a week as well as it begins one
  if row[1] == "weekday" and to == 0 and from > 0 then to = 7 end
  if from > to then fail(("%s ends before it begins"):format(text)) end
  return from, to
end

-- "7", "1-5", "*/15", "10-50/20".
local function read_part(row, set, part, fail)
  local range, step = part:match "^([^/]+)/(%d+)$"
  local from, to = read_range(row, range or part, fail)
  step = tonumber(step or 1)
  if step < 1 or step > 59 then fail("a step is 1 to 59") end
  for value = from, to or step and range and row[3] or from, step do
    set[row[1] == "weekday" and value % 7 or value] = true
  end
end

local function read_field(row, text, from, fail)
  local set, at = {}, 1
  for part, comma in (text .. ","):gmatch "([^,]*)(,)" do
    local function here(...) return fail(from + at - 1, ...) end
    if part == "" then here("a value is missing") end
    read_part(row, set, lower(part), here)
    at = at + #part + #comma
  end
  return set
end

local function split(text)
  local list = {}
  for from, field in text:gmatch "()(%S+)" do list[#list + 1] = { from = from, text = field } end
  return list
end

-- Does any of the months have one of the days? "0 0 30 2 *" never occurs.
local function check_days(self, from, fail)
  if not self.by_day or self.by_weekday then return end
  for month in pairs(self.month) do
    for day in pairs(self.day) do
      if day <= calendar.month_length(month) then return end
    end
  end
  fail(from, "there is no such day")
end

local function expand(text, fail)
  local word = text:match "^%s*(@%S*)%s*$"
  if not word then return text end
  local hint = suggest.hint(word, suggest.keys(macros))
  return macros[lower(word)] or fail(text:find "@", ("there is no '%s'"):format(word), hint)
end

--- Parse a cron expression.
---@param what string  what takes it, for an error
---@param text string
---@return homey.time.Cron
function Cron.parse(what, text)
  local function fail(byte, sentence, hint) return text_error(what, text, byte, sentence, hint) end
  local list = split(expand(text, fail))
  if #list ~= #fields then
    fail(list[6] and list[6].from or #text + 1,
      ("cron has five fields (minute, hour, day, month, day of the week), and not %d")
        :format(#list))
  end
  local self = setmetatable({}, Cron)
  for i, row in ipairs(fields) do
    self[row[1]] = read_field(row, list[i].text, list[i].from, fail)
  end
  self.follows = list[2].text:find "^[*?]" ~= nil
  self.by_day, self.by_weekday = not list[3].text:find "^[*?]", not list[5].text:find "^[*?]"
  check_days(self, list[3].from, fail)
  return self
end

-- ---- evaluating ---------------------------------------------------------------------------------

local function has_day(self, day, date)
  local is_day, is_weekday = self.day[date], self.weekday[calendar.weekday(day) % 7]
  if self.by_day and self.by_weekday then return is_day or is_weekday end
  return is_day and is_weekday
end

-- The first matching day from another one on; nil if 400 years, after which the calendar repeats,
-- have none.
local function next_day(self, day)
  for _ = 1, 4800 do
    local year, month, date = calendar.date(day)
    local length = calendar.month_length(month, year)
    if self.month[month] then
      for each = date, length do
        if has_day(self, day + each - date, each) then return day + each - date end
      end
    end
    day = day + length - date + 1
  end
  return nil
end

-- The first matching minute of a day, from another one on.
local function next_minute(self, minute)
  for hour = math.floor(minute / 60), 23 do
    if self.hour[hour] then
      for each = minute % 60, 59 do
        if self.minute[each] then return hour * 60 + each end
      end
    end
    minute = 0
  end
  return nil
end

-- The first matching local time after another one.
local function next_wall(self, wall)
  local minute = math.floor(wall / 60) + 1
  local day = math.floor(minute / 1440)
  if next_day(self, day) == day then
    local found = next_minute(self, minute % 1440)
    if found then return day * 86400 + found * 60 end
  end
  day = next_day(self, day + 1)
  return day and day * 86400 + next_minute(self, 0) * 60
end

-- Goes through real minutes: skipped local times do not occur, repeated ones occur twice.
local function next_real(self, after, place)
  local _, to, offset = place:span(after)
  local wall = next_wall(self, after + offset)
  while wall and wall - offset >= to do
    local from = to
    _, to, offset = place:span(from)
    wall = next_wall(self, from - 1 + offset)
  end
  return wall and wall - offset
end

--- The next time.
---@param after number
---@param place homey.time.Location
---@return number? at
function Cron:next(after, place)
  if self.follows then return next_real(self, after, place) end
  local wall = next_wall(self, place:wall(after))
  while wall and place:at(wall) <= after do wall = next_wall(self, wall) end
  return wall and place:at(wall)
end

return Cron
