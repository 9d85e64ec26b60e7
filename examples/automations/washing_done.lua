-- The washing machine has taken power and now takes none for three minutes: it is done, and you are told; and again every
-- half an hour, three times at most, until somebody starts it anew.

local homey = require "homey"
local tell = require "_tell"

homey.login()

local machine = homey.device("Bathroom/Washing machine")
local washing, idle = 50, 5 -- watts

-- "restart": power that comes back, after a pause or with the next wash, ends the waiting for the one before.
machine:on("measure_power", { above = washing, mode = "restart" }, function()
  homey.wait(machine, "measure_power", { below = idle, held = "3 min" })
  tell "The washing is done."
  for _ = 1, 3 do
    homey.sleep "30 min"
    tell "The washing is still in the machine."
  end
end)

homey.run()
