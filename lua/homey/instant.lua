-- Moments as a hub writes them, "2026-03-29T01:00:00.000Z", and as numbers: milliseconds since 1970, UTC.

local calendar = require "homey.time.calendar"

local instant = {}

-- What was read or written lately: the same moment is asked for with every event.
local known, count = {}, 0
local second, prefix -- of the text that was written last

local function remember(text, ms)
  if count >= 1000 then
    known, count = {}, 0
  end
  known[text], count = ms, count + 1
end

local function read(text)
  local year, month, day, hour, min, sec = text:match("^(%d%d%d%d)%-(%d%d)%-(%d%d)T(%d%d):(%d%d):(%d%d%.?%d*)Z$")
  if not year then return nil end
  local days = calendar.days(tonumber(year), tonumber(month), tonumber(day))
  local seconds = days * 86400 + hour * 3600 + min * 60 + tonumber(sec)
  return math.floor(seconds * 1000 + 0.5)
end

--- Milliseconds of a moment that the hub wrote; nil where it is none.
---@param text any
---@return number?
function instant.ms(text)
  if known[text] then return known[text] end
  if type(text) == "number" then return text end
  local ms = type(text) == "string" and read(text) or nil
  if ms then remember(text, ms) end
  return ms
end

--- The text of a moment, as a hub writes it.
---@param ms number
---@return string
function instant.text(ms)
  ms = math.floor(ms)
  local rest = ms % 1000
  if ms - rest ~= second then second, prefix = ms - rest, os.date("!%Y-%m-%dT%H:%M:%S", math.floor(ms / 1000)) end
  local text = prefix .. (".%03dZ"):format(rest)
  remember(text, ms)
  return text
end

return instant
