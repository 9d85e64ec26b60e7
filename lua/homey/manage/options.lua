-- Option tables of what creates and removes things at the hub.

local core = require "homey.core"
local format = require "homey.util.format"
local is_number = require("homey.util.number_text").is_finite
local filters = require "homey.model.options"

local rows = {} ---@type table<string, homey.OptionRows>

rows.confirm = {
  what = "the confirmation", class = "homey.ConfirmOptions", example = "{ confirm = true }",
  doc = "Confirmation of what cannot be undone.",
  { name = "confirm", type = "boolean", default_text = "false",
    doc = "true: it is meant; without it nothing is sent" },
}

rows.new_zone = {
  what = "homey.create_zone", class = "homey.NewZone", example = "{ name = \"Attic\" }",
  required = true, doc = "The zone that homey.create_zone makes.",
  { name = "name", type = "text", required = true, doc = "its name" },
  { name = "parent", type = "any", check = filters.check_zone, annotation = "string|homey.Zone",
    default_text = "the outermost zone", doc = "the zone around it" },
  { name = "icon", type = "text", default = "default", doc = "name of its icon: \"kitchen\"" },
}

local function check_value(value)
  local kind = type(value)
  if kind == "boolean" or kind == "string" or is_number(value) then return value end
  return nil, ("takes a number, text, true or false, not %s.")
    :format(value == core.null and "null" or format(value))
end

rows.new_variable = {
  what = "homey.create_variable", class = "homey.NewVariable",
  example = "{ name = \"Guests\", value = 0 }", required = true,
  doc = "The variable that homey.create_variable makes.",
  { name = "name", type = "text", required = true, doc = "its name" },
  { name = "value", type = "any", check = check_value, annotation = "number|string|boolean",
    required = true, doc = "its first value, which decides its type" },
}

local function check_time(value)
  local hour, minute = tostring(value):match "^(%d%d?):(%d%d)$"
  if type(value) == "string" and hour and tonumber(hour) < 24 and tonumber(minute) < 60 then
    return ("%02d:%s"):format(tonumber(hour), minute)
  end
  return nil, ("takes a time of day such as \"06:45\", not %s."):format(format(value))
end

local function check_days(value)
  if type(value) == "string" then return value end
  return nil, ("takes days of the week such as \"mon-fri\", not %s."):format(format(value))
end

rows.alarm = {
  what = "alarm:set", class = "homey.AlarmOptions", example = "{ time = \"06:45\" }",
  required = true, doc = "What alarm:set changes.",
  { name = "name", type = "text", doc = "its name" },
  { name = "time", type = "text", check = check_time,
    doc = "\"06:45\", in the time zone of the hub" },
  { name = "days", type = "text", check = check_days,
    doc = "the days on which it repeats: \"mon-fri\", \"weekend\"; \"\" for none" },
  { name = "enabled", type = "boolean", doc = "whether it goes off" },
}

rows.new_alarm = {
  what = "homey.create_alarm", class = "homey.NewAlarm",
  example = "{ name = \"Work\", time = \"06:45\" }", required = true,
  doc = "The alarm that homey.create_alarm makes.",
  { name = "name", type = "text", required = true, doc = "its name" },
  { name = "time", type = "text", check = check_time, required = true,
    doc = "\"06:45\", in the time zone of the hub" },
  { name = "days", type = "text", check = check_days, default = "",
    doc = "the days on which it repeats: \"mon-fri\", \"weekend\"; none by default" },
  { name = "enabled", type = "boolean", default = true, doc = "whether it goes off" },
}

rows.updates = {
  what = "updates:set", class = "homey.UpdateOptions", example = "{ automatic = false }",
  required = true, doc = "What updates:set changes.",
  { name = "automatic", type = "boolean", doc = "whether the hub installs updates by itself" },
  { name = "channel", type = "text", doc = "which updates: \"stable\", \"beta\"" },
}

rows.ledring = {
  what = "ledring:set", class = "homey.LedringOptions", example = "{ brightness = 0.5 }",
  required = true, doc = "What ledring:set changes.",
  { name = "brightness", type = "number", min = 0, max = 1,
    doc = "only on a Homey of 2016 to 2019" },
  { name = "screensaver", type = "text", doc = "id of a screensaver" },
}

local function check_columns(value)
  if type(value) ~= "table" then
    return nil, ("takes a list of columns, not %s."):format(format(value))
  end
  return next(value) == nil and setmetatable({}, core.array) or value
end

rows.new_dashboard = {
  what = "homey.create_dashboard", class = "homey.NewDashboard",
  example = "{ name = \"Tablet\" }", required = true,
  doc = "The dashboard that homey.create_dashboard makes.",
  { name = "name", type = "text", required = true, doc = "its name" },
  { name = "columns", type = "table", check = check_columns, annotation = "table[]",
    default_text = "none", doc = "its columns, in the form of dashboard.columns" },
}

rows.new_access_token = {
  what = "homey.create_access_token", class = "homey.NewAccessToken",
  example = "{ name = \"Tablet\", scopes = { \"homey.device.control\" } }", required = true,
  doc = "The access token that homey.create_access_token makes.",
  { name = "name", type = "text", required = true, doc = "its name" },
  { name = "scopes", type = "list", required = true,
    doc = "what it allows: \"homey.device.readonly\", \"homey.flow.start\"; \"homey\" is all" },
}

return rows
