-- Sunrise and sunset, compared with npm's astronomy-engine and suncalc. Skipped with a message
-- where Node or npm is missing; in CI that fails. Longer: make test SPEC=spec/oracle/sun_spec.lua
-- ORACLE=50
-- Runs on one Lua: no Lua has a part in it.
local oracle = require "spec.support.oracle"
local sun = require "homey.time.sun"

local events = { "sunrise", "sunset", "dawn", "dusk" }
local libraries = { "astronomy-engine", "suncalc" }
-- degrees: 6 s at the equator. The libraries use another radius of the sun, or no nutation.
local close = 0.025

-- degrees: near midnight the libraries start to search some minutes from the lowest point
local grazing = 0.3

-- The distance between a height and the highest or lowest point of the sun on a day.
local function depth(event, noon, latitude, longitude)
  local least, most = 90, -90
  for at = noon - 43200, noon + 43200, 60 do
    local height = sun.height(at, latitude, longitude) - sun.heights[event]
    least, most = math.min(least, height), math.max(most, height)
  end
  return math.min(math.abs(least), math.abs(most))
end

-- Describes the error of their time; nil when it agrees with ours.
local function compare(event, theirs, noon, latitude, longitude)
  local ours = sun.time(event, noon, latitude, longitude)
  if theirs and ours and math.abs(theirs - ours) <= 2 then return nil end
  if not theirs and not ours then return nil end
  local far, most = depth(event, noon, latitude, longitude), grazing
  if theirs and ours then
    far, most = math.abs(sun.height(theirs, latitude, longitude) - sun.heights[event]), close
  end
  if far <= most then return nil end
  return ("%s, %g, %g, %s: %s, not %s, %g degrees")
    :format(event, latitude, longitude, noon, tostring(ours), tostring(theirs), far)
end

local packages = { "suncalc", "2.0", "astronomy-engine@2.1" }

oracle.compare("the sun", "days and places", "sun.js", packages, function(line)
  local words, wrong, found = {}, {}, 0
  for word in line:gmatch "%S+" do words[#words + 1] = tonumber(word) or false end
  for i, library in ipairs(libraries) do
    for k, event in ipairs(events) do
      local theirs = words[i * 4 - 1 + k]
      local trouble = compare(event, theirs, words[1], words[2], words[3])
      if trouble then wrong[#wrong + 1] = library .. ": " .. trouble end
      found = found + (theirs and 1 or 0)
    end
  end
  return wrong, found
end, 7)
