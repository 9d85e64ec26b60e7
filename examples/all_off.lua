-- Switches off all lights downstairs, in parallel, and names the open windows.

local homey = require "homey"

homey.login()

local lights = homey.devices { zone = "Downstairs", class = "light" }
local failed, err = homey.try(function() return lights:set("onoff", false) end)
print(failed and ("%d lights are off"):format(#lights - #failed) or err)

for _, window in ipairs(homey.devices { capability = "alarm_contact" }) do
  if window:get("alarm_contact") then print(window .. " is open") end
end
