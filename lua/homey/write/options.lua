-- Option tables of what changes the hub: set, requests and guards.

local filters = require "homey.model.options"
local format = require "homey.util.format"

local rows = {} ---@type table<string, homey.OptionRows>

rows.set = {
  what = "set", class = "homey.SetOptions", example = "{ duration = \"2 s\" }", off = true,
  doc = "Options of set, of a device or of a selection.",
  { name = "duration", type = "duration", doc = "how long a lamp takes to get there" },
  { name = "revert_after", type = "duration",
    doc = "sets it back after this time, unless somebody else has changed it by then" },
  { name = "only_if_changed", type = "boolean", default_text = "false",
    doc = "sends nothing where the device has that value already" },
  { name = "strict", type = "boolean", default_text = "false",
    doc = "of a selection: one device that fails is an error, though others do not" },
  { name = "within", type = "duration",
    doc = "for this long it is tried again while the hub or the device is out of reach" },
}

rows.request = {
  what = "a request", class = "homey.RequestOptions", example = "{ timeout = \"5 s\" }", off = true,
  doc = "Options of get, put, post and delete.",
  { name = "timeout", type = "duration", min = 0.001, max = 3600,
    default_text = "that of the login", doc = "longest duration of the whole exchange" },
  { name = "once", type = "boolean", default_text = "false",
    doc = "a PUT that is never repeated by itself" },
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
  required = true, doc = "What no script may change. All of device, zone, class and name must fit.",
  { name = "device", type = "any", annotation = "string|homey.Device|(string|homey.Device)[]",
    doc = "any of these devices" },
  filter_row "zone", filter_row "class", filter_row "name",
  filter_row("capability", "any of these capabilities, with their sub-capabilities"),
  { name = "never", type = "boolean", check = check_never, doc = "true: it is never changed" },
  { name = "quiet", type = "text", check = check_quiet,
    doc = "hours in which it is not changed: \"22:00 - 07:00\", or any condition of docs/time.md" },
  { name = "allow", type = "any",
    doc = "a value, or a list of values, that may be set all the same" },
}

return rows
