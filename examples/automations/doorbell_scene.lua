-- The doorbell lights up the way to the door for two minutes, and then everything is as it was. A
-- second ring within that time starts the two minutes anew.

local homey = require "homey"

homey.login()

local lamps = homey.devices { zone = "Downstairs", class = "light", available = true }
local before -- the values from before the first ring

homey.device("Hall/Doorbell"):on("button", { mode = "restart" }, function()
  before = before or lamps:snapshot()
  lamps:set { onoff = true, dim = 1 }
  homey.sleep "2 min"
  local failed = before:restore()
  before = nil
  for _, each in ipairs(failed) do homey.log("warning", each.error) end
end)

homey.run()
