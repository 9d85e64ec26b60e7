-- Logs in once, then toggles a device. The first run needs HOMEY_EMAIL and HOMEY_PASSWORD:
--   HOMEY_EMAIL=me@example.com HOMEY_PASSWORD=... lua5.4 examples/first.lua "Kitchen/Lamp"

local homey = require "homey"

homey.login()

local name = arg and arg[1] or "Kitchen/Lamp"
local lamp = homey.device(name)
lamp:toggle()
print(lamp, lamp:get("onoff") and "is on" or "is off")
