-- Every morning at nine: which batteries are low? Each is named once a week, not every day; devices that have not been
-- heard of are named too.

local homey = require "homey"
local tell = require "_tell"

homey.login()

local low = 15         -- per cent
local week = 7 * 86400 -- seconds

local state = homey.state("batteries")
state.told = state.told or {} -- by the device's id: when its battery was named last

local function is_low(device)
  local capabilities = device.capabilities
  local level, alarm = capabilities.measure_battery, capabilities.alarm_battery
  return level and level.value and level.value < low or alarm and alarm.value == true
end

local function worth_telling(device, now)
  if not device.available then return "is out of reach" end
  if is_low(device) then return "has a low battery" end
  state.told[device.id] = nil -- it was changed, or came back
end

homey.at("09:00", { missed = "run" }, function(event)
  local lines, seen = {}, {}
  for _, capability in ipairs { "measure_battery", "alarm_battery" } do
    for _, device in ipairs(homey.devices { capability = capability }) do
      local what = not seen[device.id] and worth_telling(device, event.at)
      seen[device.id] = true
      if what and event.at - (state.told[device.id] or 0) >= week then
        state.told[device.id] = event.at
        lines[#lines + 1] = device .. " " .. what
      end
    end
  end
  if #lines > 0 then tell(table.concat(lines, "; ") .. ".") end
end)

homey.run()
