-- Switches lamps on and off in the evening while the variable "On holiday" is true, as if somebody
-- were home: at random times, and never all night. A restart in the evening continues.

local homey = require "homey"

homey.login()

local holiday = homey.variable("On holiday")
local lamps = { "Hall/Lamp", "Kitchen/Lamp", "Living room/Reading light" }

local function minutes(least, most)
  return math.random(least, most) .. " min"
end

local function pretend(name)
  homey.sleep(minutes(0, 45))
  while holiday:get() and homey.is("between dusk and 23:15") do
    homey.device(name)
      :set("onoff", true, { revert_after = minutes(20, 70), only_if_changed = true })
    homey.sleep(minutes(80, 140))
  end
end

local function begin()
  if not holiday:get() then return end
  for _, name in ipairs(lamps) do homey.spawn(pretend, name) end
end

homey.at("dusk", { missed = "run" }, begin)
if homey.is("between dusk and 23:15") then begin() end

holiday:on({ to = false }, function()
  for _, name in ipairs(lamps) do
    homey.device(name):set("onoff", false, { only_if_changed = true })
  end
end)

homey.run()
