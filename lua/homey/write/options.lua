-- Option tables of what changes the hub: set, requests and guards.

local filters = require "homey.model.options"
local format = require "homey.util.format"

local rows = {} ---@type table<string, homey.OptionRows>

rows.set = {
  what = "set", class = "homey.SetOptions", example = "{ duration = \"2 s\" }", off = true,
  doc = "Options of set, of a device or of a selection.",
  { name = "duration", type = "duration", doc = "duration of the transition, for lamps" },
  { name = "revert_after", type = "duration",
    doc = "sets the old value again after this time, unless it was changed meanwhile" },
  { name = "only_if_changed", type = "boolean", default_text = "false",
    doc = "sends nothing if the device has this value already" },
  { name = "strict", type = "boolean", default_text = "false",
    doc = "for a selection: raises an error even if only one device fails" },
  { name = "within", type = "duration",
    doc = "tries again for this long while the hub or the device is unreachable" },
}

rows.request = {
  what = "a request", class = "homey.RequestOptions", example = "{ timeout = \"5 s\" }", off = true,
  doc = "Options of get, put, post and delete.",
  { name = "timeout", type = "duration", min = 0.001, max = 3600,
    default_text = "that of the login", doc = "longest duration of the whole exchange" },
  { name = "once", type = "boolean", default_text = "false",
    doc = "never repeats a PUT by itself" },
}

local function check_never(value)
  if value == true then return true end
  return nil, ("takes true, not %s."):format(format(value))
end

local function check_quiet(value)
  if type(value) == "string" then return value end
  return nil, ("takes a time such as \"22:00 - 07:00\", not %s."):format(format(value))
end

local function filter_row(name, doc)
  for _, row in ipairs(filters.devices) do
    if row.name == name then
      return {
        name = name, type = "any", check = row.check, annotation = row.annotation,
        doc = doc or row.doc,
      }
    end
  end
end

rows.guard = {
  what = "homey.guard", class = "homey.GuardRule", example = "{ class = \"lock\", never = true }",
  required = true, doc = "Forbids changes of devices that match device, zone, class and name.",
  { name = "device", type = "any", annotation = "string|homey.Device|(string|homey.Device)[]",
    doc = "one of these devices" },
  filter_row "zone", filter_row "class", filter_row "name",
  filter_row("capability", "one of these capabilities, with their sub-capabilities"),
  { name = "never", type = "boolean", check = check_never, doc = "true: forbids all changes" },
  { name = "quiet", type = "text", check = check_quiet,
    doc = "hours without changes: \"22:00 - 07:00\", or any condition of docs/time.md" },
  { name = "allow", type = "any",
    doc = "a value or a list of values that may still be set" },
}

return rows
