-- Runs two tasks at once: one lamp fades in, another blinks.

local homey = require "homey"

homey.login()

homey.spawn(function()
  local lamp = homey.device("Kitchen/Lamp")
  for level = 1, 5 do
    lamp:set { onoff = true, dim = level / 5 }
    homey.sleep("100 ms")
  end
  print(lamp .. " is bright")
end)

homey.spawn(function()
  local lamp = homey.device("Hall/Lamp")
  for _ = 1, 4 do
    lamp:toggle()
    homey.sleep("100 ms")
  end
  print(lamp .. " has blinked")
end)

homey.run()
