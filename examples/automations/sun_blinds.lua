-- Opens the blinds after sunrise when people are awake, lowers them on hot afternoons, and closes
-- them at dusk. Each part of the day moves them once, so that a change by hand stays until the next
-- part.

local homey = require "homey"

homey.login()

local blinds, outside = homey.device("Living room/Blinds"), homey.device("Garden/Weather")
local hot = 24 -- degrees outside
local open, shaded, closed = 1, 0.3, 0

local state = homey.state("blinds")

local function move(position)
  blinds:set("windowcoverings_set", position, { only_if_changed = true })
end

local function shade()
  if outside:get("measure_temperature") > hot then move(shaded) end
end

local parts = {
  { name = "afternoon", when = "between 12:00 and 17:00 and light", begin = shade },
  { name = "evening", when = "after 17:00 and light", begin = function()
    if homey.is("daytime") then move(open) end
  end },
  {
    name = "morning",
    when = "after sunrise and before noon and (after 07:00 mon-fri or after 09:00 sat-sun)",
    begin = function() move(open) end,
  },
  { name = "night", when = "dark or before noon", begin = function() move(closed) end },
}

local function look()
  for _, part in ipairs(parts) do
    if homey.is(part.when) then
      if state.part and state.part ~= part.name then part.begin() end
      state.part = part.name
      return
    end
  end
end

homey.at("sunrise; 07:00 mon-fri; 09:00 sat-sun; 12:00; 17:00; dusk", { missed = "run" }, look)

outside:on("measure_temperature", { above = hot, hysteresis = 1 }, function()
  if state.part == "afternoon" then move(shaded) end
end)

look()

homey.run()
