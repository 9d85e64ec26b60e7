-- Runs homey in the event loop of a host, here luv. A coroutine waits while the timers of the host
-- run.

local uv = require "luv"
local homey = require "homey"

local home = homey.login()
local detach = require "homey.loop.luv" (home)

local ticks, timer = 0, uv.new_timer()
timer:start(0, 5, function() ticks = ticks + 1 end)

coroutine.wrap(function()
  for _ = 1, 5 do homey.device("Kitchen/Lamp"):toggle() end
  print("the lamp was toggled five times")
  timer:close()
  detach()
end)()

uv.run()
print(ticks > 0 and "and the timer of the host ran meanwhile")
