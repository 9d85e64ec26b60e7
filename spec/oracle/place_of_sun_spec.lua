-- Height and direction of the sun, compared with npm's astronomy-engine and suncalc. Skipped with a
-- message where Node or npm is missing; in CI that fails. Longer: make test
-- SPEC=spec/oracle/place_of_sun_spec.lua ORACLE=50
local oracle = require "spec.support.oracle"
local sun = require "homey.time.sun"

local libraries = { "astronomy-engine", "suncalc" }
local close = 0.02 -- degrees; the libraries compute parallax, and suncalc less nutation
-- degrees: suncalc adds refraction, which is less than `close` above this height
local refracted = { suncalc = 60 }

-- Angle between two directions at a height, in degrees.
local function apart(a, b, height)
  local turned = math.abs((a - b + 180) % 360 - 180)
  return turned * math.cos(math.rad(height))
end

local packages = { "suncalc", "2.0", "astronomy-engine@2.1" }

oracle.compare("the place of the sun", "moments and places", "place_of_sun.js", packages,
  function(line)
    local words, wrong = {}, {}
    for word in line:gmatch "%S+" do words[#words + 1] = tonumber(word) end
    local at, latitude, longitude = words[1], words[2], words[3]
    local height, azimuth = sun.height(at, latitude, longitude),
      sun.azimuth(at, latitude, longitude)
    for i, library in ipairs(libraries) do
      local theirs, direction = words[2 + 2 * i], words[3 + 2 * i]
      local is_comparable = height > (refracted[library] or -90)
      if is_comparable and math.abs(theirs - height) > close
        or apart(direction, azimuth, height) > close then
        wrong[#wrong + 1] = ("%s at %g, %g, %g: %g, %g, not %g, %g"):format(library, at, latitude,
          longitude, height, azimuth, theirs, direction)
      end
    end
    return wrong, #words - 3
  end, 3.9)
