-- Insights: the values of a capability that the hub has recorded, as an array of points.

local arguments = require "homey.util.arguments"
local date = require "homey.time.date"
local format = require "homey.util.format"
local invalid = require "homey.util.invalid"
local lazy = require "homey.util.lazy"
local number_text = require "homey.util.number_text"

local unknown_name = lazy "homey.util.unknown_name"

---@class homey.Point
---@field at number       when it was recorded, seconds since 1970
---@field time string     the same by the clocks of the home: "2026-06-12 10:00:00"
---@field value? number|boolean  nil: the hub recorded nothing then

---@class homey.Insights : homey.Point[]
---@field what string        whose values these are: "Garden/Weather: measure_temperature"
---@field resolution string  the resolution of the hub: "last24Hours"
---@field step? number       seconds between two points
---@field from number        the first moment that was asked for, seconds since 1970
---@field to number          the last one
---@field units? string      "°C"
local Insights = { __name = "homey.Insights" }

local optional = { step = true, units = true } -- fields that may be missing

function Insights.__index(_, key)
  if optional[key] then return nil end
  return rawget(Insights, key)
    or unknown_name("insights", key, "csv mean min max what resolution step from to units")
end

--- Make the object.
---@package
---@param points {at: number, value: any}[]
---@param facts table  its fields
---@param place homey.time.Location
---@return homey.Insights
function Insights.new(points, facts, place)
  local self = {}
  for name, value in pairs(facts) do self[name] = value end
  for i, point in ipairs(points) do
    point.time = date(place, "%Y-%m-%d %H:%M:%S", point.at)
    self[i] = point
  end
  return setmetatable(self, Insights)
end

function Insights:__tostring()
  return ("%s, %d points of %s"):format(self.what, #self, self.resolution)
end

local function number_of(value)
  if type(value) == "boolean" then return value and 1 or 0 end
  return value
end

--- The mean of the values. Gaps are left out. Of true and false it is the part that is true.
---@return number?  nil when there are no values
function Insights:mean()
  local sum, count = 0, 0
  for _, point in ipairs(self) do
    local value = number_of(point.value)
    if value then sum, count = sum + value, count + 1 end
  end
  return count > 0 and sum / count or nil
end

local function extreme(self, what, is_beyond)
  local found
  for _, point in ipairs(self) do
    if type(point.value) == "boolean" then
      invalid("insights:%s compares numbers, and %s is true or false.", what, self.what)
    end
    if point.value and (not found or is_beyond(point.value, found.value)) then found = point end
  end
  if found then return found.value, found end
end

--- The least value, and the first point that has it.
--- Raises: invalid.
---@return number?  nil when there are no values
---@return homey.Point?
function Insights:min()
  return extreme(self, "min", function(a, b) return a < b end)
end

--- The greatest value, and the first point that has it.
--- Raises: invalid.
---@return number?  nil when there are no values
---@return homey.Point?
function Insights:max()
  return extreme(self, "max", function(a, b) return a > b end)
end

-- ---- as a table of text -------------------------------------------------------------------------

local function cell(value)
  if value == nil then return "" end
  if type(value) == "number" then return number_text.format("%.14g", value) end
  return tostring(value)
end

local function write(path, text)
  if type(path) ~= "string" or path == "" then
    invalid("insights:csv takes the path of a file, not %s.", format(path))
  end
  local file, problem = io.open(path, "w")
  local is_written
  if file then
    is_written, problem = file:write(text)
    local is_closed, trouble = file:close()
    is_written, problem = is_written and is_closed, problem or trouble
  end
  if not is_written then
    invalid("insights:csv cannot write the file. %s.", tostring(problem))
  end
end

--- The points as comma-separated values: the time by the clocks of the home, seconds since 1970,
--- and the value, which is empty in a gap. The first line has the names of the columns.
--- Raises: invalid.
---@param path? string  a file to write
---@return string text
function Insights:csv(path)
  local lines = { "time,at,value\n" }
  for _, point in ipairs(self) do
    lines[#lines + 1] = ("%s,%s,%s\n"):format(point.time, cell(point.at), cell(point.value))
  end
  local text = table.concat(lines)
  if path ~= nil then write(path, text) end
  return text
end

return arguments.check_methods(Insights, Insights, "insights", "csv/1 mean/0 min/0 max/0")
