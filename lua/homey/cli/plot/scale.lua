-- Scales of a plot: the round numbers and the round times at which its axes have ticks.

local calendar = require "homey.time.calendar"
local date = require "homey.time.date"
local number_text = require "homey.util.number_text"

local scale = {}

---@class homey.cli.Tick
---@field at number    value, or seconds since 1970
---@field text string

-- ---- values -------------------------------------------------------------------------------------

local function round_step(rough)
  local power = 10 ^ math.floor(math.log(rough) / math.log(10))
  for _, factor in ipairs { 1, 2, 5 } do
    if factor * power >= rough * 0.999999 then return factor * power end
  end
  return 10 * power
end

--- Ticks of an axis of numbers, and the numbers at its ends.
---@param low number
---@param high number
---@param most integer  number of ticks, at least 2
---@return homey.cli.Tick[]
---@return number low
---@return number high
function scale.numbers(low, high, most)
  if high - low < math.max(math.abs(low), math.abs(high), 1e-6) * 1e-9 then
    local margin = math.max(math.abs(low) * 0.1, 0.5)
    low, high = low - margin, high + margin
  end
  local step = round_step((high - low) / (most - 1))
  local first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
  if last - first + 1 > most then
    step = round_step(step * 1.5)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
  end
  local decimals, ticks = math.max(0, -math.floor(math.log(step) / math.log(10) + 1e-9)), {}
  for n = first, last do
    ticks[#ticks + 1] = {
      at = n * step, text = number_text.format(("%%.%df"):format(decimals), n * step + 0),
    }
  end
  return ticks, first * step, last * step
end

-- ---- times --------------------------------------------------------------------------------------

local minute, hour, day = 60, 3600, 86400
local steps = { -- seconds, format
  { minute, "%H:%M" }, { 2 * minute, "%H:%M" }, { 5 * minute, "%H:%M" }, { 10 * minute, "%H:%M" },
  { 15 * minute, "%H:%M" }, { 30 * minute, "%H:%M" }, { hour, "%H:%M" }, { 2 * hour, "%H:%M" },
  { 3 * hour, "%H:%M" }, { 6 * hour, "%H:%M" }, { 12 * hour, "%H:%M" }, { day, "%m-%d" },
  { 2 * day, "%m-%d" }, { 7 * day, "%m-%d" }, { 14 * day, "%m-%d" },
}

-- Local times that are multiples of a step.
local function by_seconds(place, from, to, step, pattern)
  local ticks = {}
  for wall = math.ceil(place:wall(from) / step) * step, place:wall(to), step do
    local at = place:at(wall)
    local is_midnight = step < day and wall % day == 0
    if at >= from and at <= to then
      ticks[#ticks + 1] = { at = at, text = date(place, is_midnight and "%m-%d" or pattern, at) }
    end
  end
  return ticks
end

-- The first of every `step`-th month.
local function by_months(place, from, to, step)
  local year, month = calendar.date(math.floor(place:wall(from) / day))
  local n, ticks = math.ceil((year * 12 + month - 1) / step) * step, {}
  repeat
    local at = place:at(calendar.days(math.floor(n / 12), n % 12 + 1, 1) * day)
    if at >= from and at <= to then
      ticks[#ticks + 1] = { at = at, text = date(place, "%Y-%m", at) }
    end
    n = n + step
  until at > to
  return ticks
end

--- Ticks of an axis of time, by the clocks of the home.
---@param place homey.time.Location
---@param from number  seconds since 1970
---@param to number
---@param most integer  number of ticks
---@return homey.cli.Tick[]
function scale.times(place, from, to, most)
  local rough = (to - from) / math.max(most, 1)
  for _, each in ipairs(steps) do
    if each[1] >= rough then return by_seconds(place, from, to, each[1], each[2]) end
  end
  local months = 1
  while months * 30 * day < rough do months = months * 2 + (months == 1 and 1 or 0) end
  return by_months(place, from, to, months)
end

return scale
