-- Sunrise, sunset, dawn and dusk, and the place of the sun in the sky, after Meeus, "Astronomical
-- Algorithms", chapters 25 and 28. Accurate to some seconds in this century, and to a minute or two
-- where the sun hardly rises or sets, with standard refraction.
--
-- Invariant: a time is the first whole second in which the sun is on the other side of the height.
-- Both come from sun.height, so a rule for sunset and a condition for night agree.

local sun = {}

local rad = math.pi / 180
local sin, cos, floor = math.sin, math.cos, math.floor
local atan2 = math.atan2 or math.atan -- luacheck: compat
local epoch = 946728000 -- 2000-01-01 12:00 UTC

--- The height, in degrees, at which each begins or ends.
sun.heights = { sunrise = -0.833, sunset = -0.833, dawn = -6, dusk = -6 }

local signs = { sunrise = -1, sunset = 1, dawn = -1, dusk = 1 }

---@class homey.time.Crossing  the sun passes a height, as it does at sunset
---@field height number  degrees
---@field rises boolean

---@alias homey.time.SunEvent "sunrise"|"sunset"|"dawn"|"dusk"|homey.time.Crossing

local crossings = {}

--- The event that the sun passes a height. It is the same table for the same height.
---@param height number  degrees
---@param rises boolean
---@return homey.time.Crossing
function sun.crossing(height, rises)
  local key = tostring(rises) .. height
  crossings[key] = crossings[key] or { height = height, rises = rises }
  return crossings[key]
end

local function height_of(event)
  return sun.heights[event] or event.height
end

-- Seconds from noon to the event are positive or negative.
local function sign_of(event)
  return signs[event] or event.rises and -1 or 1
end

-- Declination in radians; and the equation of time in seconds, by which a sundial is ahead of the
-- clock.
local function position(at)
  local t = (at - epoch) / 86400 / 36525
  local mean = (280.46646 + t * (36000.76983 + t * 0.0003032)) * rad
  local anomaly = (357.52911 + t * (35999.05029 - t * 0.0001537)) * rad
  local eccentricity = 0.016708634 - t * (0.000042037 + t * 0.0000001267)
  local centre = (1.914602 - t * (0.004817 + t * 0.000014)) * sin(anomaly)
    + (0.019993 - t * 0.000101) * sin(2 * anomaly) + 0.000289 * sin(3 * anomaly)
  local node = (125.04 - 1934.136 * t) * rad
  local longitude = mean + (centre - 0.00569 - 0.00478 * sin(node)) * rad
  local tilt = (23.439291 - 0.0130042 * t + 0.00256 * cos(node)) * rad
  local y = math.tan(tilt / 2) ^ 2
  local equation = y * sin(2 * mean) - 2 * eccentricity * sin(anomaly)
    + 4 * eccentricity * y * sin(anomaly) * cos(2 * mean) - 0.5 * y * y * sin(4 * mean)
    - 1.25 * eccentricity * eccentricity * sin(2 * anomaly)
  return math.asin(sin(tilt) * sin(longitude)), equation / rad * 240
end

-- Seconds between noon and a height of the sun; nil if it does not reach that height.
local function hour_angle(height, latitude, declination)
  local cosine =
    (sin(
      height * rad) - sin(
        latitude * rad) * sin(declination)) / (cos(latitude * rad) * cos(declination))
  return cosine > -1 and cosine < 1 and math.acos(cosine) / rad * 240 or nil
end

-- Declination, and the angle by which the sun is past noon.
local function sky(at, longitude)
  local declination, equation = position(at)
  return declination, ((at + equation + longitude * 240) / 86400 % 1 - 0.5) * 360 * rad
end

--- Height of the sun in degrees, without refraction.
---@param at number
---@param latitude number
---@param longitude number
---@return number
function sun.height(at, latitude, longitude)
  local declination, angle = sky(at, longitude)
  local sine =
    sin(latitude * rad) * sin(declination) + cos(latitude * rad) * cos(declination) * cos(angle)
  return math.asin(math.max(-1, math.min(1, sine))) / rad
end

--- Direction of the sun in degrees: 90 is east, 180 is south.
---@param at number
---@param latitude number
---@param longitude number
---@return number  from 0, less than 360
function sun.azimuth(at, latitude, longitude)
  local declination, angle = sky(at, longitude)
  local from_south = atan2(sin(angle),
    cos(angle) * sin(latitude * rad) - math.tan(declination) * cos(latitude * rad))
  return (from_south / rad + 180) % 360
end

--- Is the sun above the height of an event? Changes in the very second that sun.time returns: of
--- each second its beginning counts.
---@param event homey.time.SunEvent
---@param at number
---@param latitude number
---@param longitude number
---@return boolean
function sun.is_above(event, at, latitude, longitude)
  return sun.height(floor(at), latitude, longitude) > height_of(event)
end

-- ---- rise and set -----------------------------------------------------------------------------

-- Time of the highest (sign 1) or lowest (-1) sun near a noon or midnight of the mean sun. The
-- changing declination moves it by minutes, which matter only where the sun hardly rises or sets.
local function culmination(event, mean, sign, latitude, longitude)
  local _, equation = position(mean)
  local at = mean - equation
  if math.abs(sun.height(at, latitude, longitude) - height_of(event)) > 1 then
    return floor(at)
  end
  local from, to = at - 1800, at + 1800
  while to - from > 1 do
    local first, second = from + (to - from) / 3, to - (to - from) / 3
    if sign * (sun.height(first, latitude, longitude) - sun.height(second, latitude,
      longitude)) < 0 then
      from = first
    else
      to = second
    end
  end
  return floor(from + 0.5)
end

-- Time to within some seconds; nil where the sun hardly rises or sets, or not at all.
local function estimate(event, mean, latitude)
  local at = mean
  for _ = 1, 4 do
    local declination, equation = position(at)
    local angle = hour_angle(height_of(event), latitude, declination)
    if not angle then return nil end
    at = mean - equation + sign_of(event) * angle
  end
  return floor(at)
end

--- Time of sunrise or sunset on the day around a moment near noon: the first second in which the
--- sun is above, or no longer above; nil if there is none.
---@param event homey.time.SunEvent
---@param noon number  by the clock, seconds since 1970
---@param latitude number
---@param longitude number
---@return integer?
function sun.time(event, noon, latitude, longitude)
  local mean = 43200 - longitude * 240 -- noon of a steady sun, on any day
  mean = mean + 86400 * floor((noon - mean) / 86400 + 0.5)
  local rises, near = sign_of(event) < 0, estimate(event, mean, latitude)
  local function is_over(at) return sun.is_above(event, at, latitude, longitude) == rises end
  local before, after = near and near - 2, near and near + 2
  if not near or is_over(before) or not is_over(after) then
    local top = culmination(event, mean, 1, latitude, longitude)
    local bottom = culmination(event, mean + sign_of(event) * 43200, -1, latitude, longitude)
    before, after = rises and bottom or top, rises and top or bottom
    if is_over(before) or not is_over(after) then return nil end
  end
  while after - before > 1 do
    local middle = floor((before + after) / 2)
    if is_over(middle) then after = middle else before = middle end
  end
  return after
end

return sun
