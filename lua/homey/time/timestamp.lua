-- Timestamps of a hub, ISO 8601: "2026-03-29T01:00:00.000Z" to milliseconds since 1970 and back.

local calendar = require "homey.time.calendar"
local number_text = require "homey.util.number_text"

local timestamp = {}

-- The last conversions: every event has the same timestamp several times.
local known, count = {}, 0
local second, prefix -- of the text that was written last

local function remember(text, ms)
  if count >= 1000 then
    known, count = {}, 0
  end
  known[text], count = ms, count + 1
end

local longest = 40 -- bytes of a text that is a moment

local function read(text)
  if #text > longest then return nil end
  local year, month, day, hour, min,
    sec = text:match("^(%d%d%d%d)%-(%d%d)%-(%d%d)T(%d%d):(%d%d):(%d%d%.?%d*)Z$")
  if not year then return nil end
  year, month, day, hour, min = tonumber(year), tonumber(month), tonumber(day), tonumber(hour),
    tonumber(min)
  sec = number_text.read(sec)
  local is_date = month >= 1 and month <= 12 and day >= 1
    and day <= calendar.month_length(month, year)
  if not is_date or hour > 24 or min > 59 or sec >= 61 then return nil end
  return math.floor((calendar.days(year, month,
    day) * 86400 + hour * 3600 + min * 60 + sec) * 1000 + 0.5)
end

--- Milliseconds since 1970 of a timestamp; nil if it is none.
---@param text any
---@return number?
function timestamp.ms(text)
  if known[text] then return known[text] end
  if type(text) == "number" then return text end
  local ms = type(text) == "string" and read(text) or nil
  if ms then remember(text, ms) end
  return ms
end

local day = 86400000 -- ms

-- "2026-03-29T01:00:00". os.date does not know all years on all machines.
local function to_the_second(ms)
  local days = math.floor(ms / day)
  local year, month, date = calendar.date(days)
  local seconds = math.floor((ms - days * day) / 1000)
  return ("%04d-%02d-%02dT%02d:%02d:%02d"):format(year, month, date, math.floor(seconds / 3600),
    math.floor(seconds / 60) % 60, seconds % 60)
end

local fractions = {} -- ".000Z" to ".999Z", as far as they were used

--- The timestamp of milliseconds since 1970.
---@param ms number
---@return string
function timestamp.text(ms)
  local rest = ms % 1000
  if rest % 1 ~= 0 then return timestamp.text(math.floor(ms)) end
  if ms - rest ~= second then second, prefix = ms - rest, to_the_second(ms) end
  local fraction = fractions[rest]
  if not fraction then
    fraction = (".%03dZ"):format(rest)
    fractions[rest] = fraction
  end
  return prefix .. fraction
end

return timestamp
