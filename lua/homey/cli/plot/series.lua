-- Series of a plot: recorded values as lines without gaps, and the scales of both axes.

local home_location = require "homey.model.home_location"
local scale = require "homey.cli.plot.scale"

local series = {}

---@class homey.cli.Series
---@field title string
---@field from number
---@field to number
---@field low number
---@field high number
---@field is_switch boolean  the values are true and false: 1 and 0
---@field lines {at: number, value: number}[][]  a gap ends a line
---@field y homey.cli.Tick[]
---@field place homey.time.Location

local gap = 2.5 -- steps of the hub: a larger distance between two points is a gap

local function number_of(value)
  if type(value) == "boolean" then return value and 1 or 0 end
  return value
end

local function lines_of(points)
  local lines, line = {}, nil
  for _, point in ipairs(points) do
    local value, last = number_of(point.value), line and line[#line]
    if last and points.step and point.at - last.at > gap * points.step then line = nil end
    if value == nil then
      line = nil
    else
      if not line then
        line = {}
        lines[#lines + 1] = line
      end
      line[#line + 1] = { at = point.at, value = value }
    end
  end
  return lines
end

-- A switch keeps its value until the next point, and the last one until the end.
local function hold_last(lines, to)
  local line = lines[#lines]
  local last = line[#line]
  if last.at < to then line[#line + 1] = { at = to, value = last.value } end
end

local function title_of(points, place)
  local units = points.units and (" (%s)"):format(points.units) or ""
  local zone = place.timezone and ", times of " .. place.timezone or ""
  return points.what .. units .. zone
end

local function extremes(lines)
  local low, high = math.huge, -math.huge
  for _, line in ipairs(lines) do
    for _, each in ipairs(line) do
      low, high = math.min(low, each.value), math.max(high, each.value)
    end
  end
  return low, high
end

--- The series of recorded values; nil where there is no value.
---@param points homey.Insights
---@param home homey.Home
---@param most integer  ticks of the values
---@return homey.cli.Series?
function series.of(points, home, most)
  local lines, place = lines_of(points), home_location.of(home)
  if #lines == 0 then return nil end
  local is_switch = false
  for _, point in ipairs(points) do is_switch = is_switch or type(point.value) == "boolean" end
  local self = {
    title = title_of(points, place), from = points.from, to = math.max(points.to, points.from + 1),
    is_switch = is_switch, lines = lines, place = place,
  }
  if is_switch then
    hold_last(lines, self.to)
    self.y, self.low, self.high = { { at = 0, text = "off" }, { at = 1, text = "on" } }, 0, 1
  else
    local low, high = extremes(lines)
    self.y, self.low, self.high = scale.numbers(low, high, most)
  end
  return self
end

--- Return the fraction of the time in which a switch was on.
---@param self homey.cli.Series  of true and false
---@return number part  0 to 1
function series.part_on(self)
  local on, all = 0, 0
  for _, line in ipairs(self.lines) do
    for i = 2, #line do
      local seconds = line[i].at - line[i - 1].at
      on, all = on + seconds * line[i - 1].value, all + seconds
    end
  end
  return all > 0 and on / all or 0
end

return series
