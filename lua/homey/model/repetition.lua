-- Repetition of an alarm: the days of the week as hubs send them, { monday = true }, and as text,
-- "mon-fri".

local core = require "homey.core"

local format = require "homey.util.format"
local invalid = require "homey.util.invalid"
local lazy = require "homey.util.lazy"

local Days = lazy "homey.time.days"
local Words = lazy "homey.time.tokenizer"

local names = { "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday" }

local repetition = {}

-- The last of the days that follow each other, from a first one.
local function end_of(raw, first)
  local last = first
  while names[last + 1] and raw[names[last + 1]] == true do last = last + 1 end
  return last
end

--- The days as text.
---@param raw any  what a hub sends
---@return string?  nil: it has none, so the alarm goes off once
function repetition.text(raw)
  local parts, day = {}, 1
  while type(raw) == "table" and raw ~= core.null and names[day] do
    if raw[names[day]] == true then
      local first, last = day, end_of(raw, day)
      day = last
      local between = last - first >= 2 and "-" or last > first and " "
      parts[#parts + 1] = names[first]:sub(1, 3)
        .. (between and between .. names[last]:sub(1, 3) or "")
    end
    day = day + 1
  end
  return #parts > 0 and table.concat(parts, " ") or nil
end

--- The days of a text, in the form of a hub.
--- Raises: invalid.
---@param what string  what takes it, for an error
---@param value any    "mon-fri", "sat sun", "weekend"; "" for none
---@return table<string, boolean>
function repetition.read(what, value)
  local raw = {}
  for _, name in ipairs(names) do raw[name] = false end
  if value == "" then return raw end
  local words = Words.of(what, value)
  local days = Days.begins(words) and Days.read(words, { [","] = true, ["and"] = true })
  if not days or words:peek().kind ~= "end" then
    words:unexpected("days of the week such as mon-fri", Days.names)
  end
  if days.except or #days.of_month > 0 or #days.dates > 0 then
    invalid("%s takes days of the week such as \"mon-fri\", not %s.", what, format(value))
  end
  for day in pairs(days.weekdays) do raw[names[day]] = true end
  return raw
end

return repetition
