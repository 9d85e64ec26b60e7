-- Option tables of what creates and removes things at the hub.

local arguments = require "homey.util.arguments"
local core = require "homey.core"
local format = require "homey.util.format"
local is_number = require("homey.util.number_text").is_finite

local rows = {} ---@type table<string, homey.OptionRows>

rows.confirm = {
  what = "the confirmation", class = "homey.ConfirmOptions", example = "{ confirm = true }",
  doc = "Confirmation of what cannot be undone.",
  { name = "confirm", type = "boolean", default_text = "false",
    doc = "true: it is meant; without it nothing is sent" },
}

-- A zone or its name.
local function check_zone(value)
  local is_zone = type(value) == "table" and value.id
  local fault = not is_zone and arguments.name_fault(value)
  if fault then return nil, "takes a zone or the name of one, not " .. fault end
  return value
end

rows.new_zone = {
  what = "homey.create_zone", class = "homey.NewZone", example = "{ name = \"Attic\" }",
  required = true, doc = "The zone that homey.create_zone makes.",
  { name = "name", type = "text", required = true, doc = "its name" },
  { name = "parent", type = "any", check = check_zone, annotation = "string|homey.Zone",
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

return rows
