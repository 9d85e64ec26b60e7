-- Wakes up with light: on weekdays the bedside light gets brighter for half an hour, from 06:30 on.
-- Touching it ends that for the day. Not when nobody is home.

local homey = require "homey"

homey.login()

local args = homey.args {
  light = { "device", default = "Bedroom/Bedside lights" },
  time = { "text", default = "06:30 mon-fri" },
  takes = { "duration", default = "30 min" },
  level = { "number", default = 1, min = 0.01, max = 1 },
}

local function somebody_home()
  for _, user in ipairs(homey.users()) do
    if user.present ~= false then return true end
  end
  return false
end

homey.at(args.time, { mode = "single" }, function()
  if not somebody_home() or args.light:get("onoff") then return end
  local reached = args.light:ramp("dim", args.level, args.takes):wait()
  if not reached then homey.log("info", "somebody is awake: the light stays as it is.") end
end)

homey.run()
