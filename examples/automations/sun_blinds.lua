-- The blinds go up with the sun, but not before people are awake; on a hot day they keep the afternoon's sun out; at dusk
-- they close.

local homey = require "homey"

homey.login()

local blinds, outside = homey.device("Living room/Blinds"), homey.device("Garden/Weather")
local hot = 24 -- degrees outside
local open, shaded, closed = 1, 0.3, 0

local function move(position)
  blinds:set("windowcoverings_set", position, { only_if_changed = true })
end

local function is_morning()
  return homey.is("after sunrise and before noon and (after 07:00 mon-fri or after 09:00 sat-sun)")
end

homey.at("sunrise; 07:00 mon-fri; 09:00 sat-sun", { missed = "run" }, function()
  if is_morning() then move(open) end
end)

outside:on("measure_temperature", { above = hot, hysteresis = 1 }, function()
  if homey.is("between 12:00 and 17:00") then move(shaded) end
end)

homey.at("12:00", function()
  if outside:get("measure_temperature") > hot then move(shaded) end
end)

homey.at("17:00", function()
  if homey.is("daytime") then move(open) end
end)

homey.at("dusk", { missed = "run" }, function() move(closed) end)

homey.run()
