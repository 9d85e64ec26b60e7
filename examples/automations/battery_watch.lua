-- Reports low batteries and devices out of reach every morning at nine, each of them once a week.
-- If the program was not running at nine, it checks when it starts.

local homey = require "homey"
local tell = require "_tell"

homey.login()

local low = 15         -- per cent
-- seconds; an hour less, since a missed check runs later
local day, week = 86400, 7 * 86400 - 3600

local state = homey.state("batteries")
state.told = state.told or {} -- device id -> time of the last report

local function is_low(device)
  local capabilities = device.capabilities
  local level, alarm = capabilities.measure_battery, capabilities.alarm_battery
  return level and level.value and level.value < low or alarm and alarm.value == true
end

local function worth_telling(device)
  if not device.available then return "is out of reach" end
  if is_low(device) then return "has a low battery" end
  state.told[device.id] = nil -- the battery was replaced, or the device is back
end

local function look(now)
  local lines, seen = {}, {}
  state.looked = now
  for _, capability in ipairs { "measure_battery", "alarm_battery" } do
    for _, device in ipairs(homey.devices { capability = capability }) do
      local what = not seen[device.id] and worth_telling(device)
      seen[device.id] = true
      if what and now - (state.told[device.id] or 0) >= week then
        state.told[device.id] = now
        lines[#lines + 1] = device .. " " .. what
      end
    end
  end
  if #lines > 0 then tell(table.concat(lines, "; ") .. ".") end
end

homey.at("09:00", { missed = "run" }, function(event) look(event.at) end)
if state.looked and os.time() - state.looked > day and homey.is "after 09:00" then
  look(os.time())
end

homey.run()
