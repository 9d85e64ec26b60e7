-- Sends a report to a phone every evening: the temperatures of the day, what is open, what needs a
-- battery, and what is out of reach.
--   homey run daily_report.lua user=Vera

local homey = require "homey"

homey.login()

local args = homey.args {
  user = "user",
  time = { "text", default = "21:00" },
  outside = { "device", default = "Garden/Weather" },
}

local function names(devices)
  local list = {}
  for i, device in ipairs(devices) do list[i] = tostring(device) end
  return table.concat(list, ", ")
end

-- A line of the report; nothing where there is nothing to say.
local function add(lines, title, devices)
  if #devices > 0 then lines[#lines + 1] = title .. ": " .. names(devices) end
end

local function value(device, id)
  local known = device.capabilities[id]
  return known and known.value
end

local function report()
  local lines = {}
  local day, err = homey.try(args.outside.insights, args.outside, "measure_temperature",
    { last = "24 h" })
  if day and day:min() then
    lines[1] = ("Outside it was %.0f to %.0f degrees."):format(day:min(), day:max())
  elseif err then
    homey.log("warning", err)
  end
  add(lines, "Open", homey.devices { capability = "alarm_contact",
    where = function(device) return value(device, "alarm_contact") end })
  add(lines, "Weak batteries", homey.devices { capability = "measure_battery",
    where = function(device) return (value(device, "measure_battery") or 100) < 20 end })
  add(lines, "Out of reach", homey.devices { available = false })
  return #lines > 0 and table.concat(lines, "\n") or "All is well."
end

homey.at(args.time, { missed = "run" }, function() homey.push(args.user, report()) end)

homey.run()
