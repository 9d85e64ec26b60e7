-- Option tables of filters, homey.devices{...}, homey.flows{...} and homey.cards{...}, and of flow
-- cards.

local arguments = require "homey.util.arguments"

local rows = {} ---@type table<string, homey.OptionRows>

--- Check a name, or a list of names, of a filter.
---@param value any
---@param row homey.OptionRow
---@return any value
---@return string? problem
function rows.check_names(value, row)
  local list = type(value) == "table" and getmetatable(value) == nil and value or { value }
  for _, each in ipairs(list) do
    local is_object = row.name ~= "name" and type(each) == "table" and each.id
    local fault = not is_object and arguments.name_fault(each)
    if fault then return nil, "takes a name or a list of names, not " .. fault end
  end
  return value
end

--- Check a zone, or the name of one.
---@param value any
---@return any value
---@return string? problem
function rows.check_zone(value)
  local is_zone = type(value) == "table" and value.id
  local fault = not is_zone and arguments.name_fault(value)
  if fault then return nil, "takes a zone or the name of one, not " .. fault end
  return value
end

local names = "string|string[]"

rows.devices = {
  what = "homey.devices", class = "homey.Filter", example = "{ zone = \"Kitchen\" }",
  doc = "Filter of homey.devices. A device must match all fields.",
  { name = "zone", type = "any", check = rows.check_names,
    annotation = "string|homey.Zone|(string|homey.Zone)[]",
    doc = "in one of these zones, or in a zone inside one" },
  { name = "class", type = "any", check = rows.check_names, annotation = names,
    doc = "of one of these classes" },
  { name = "capability", type = "any", check = rows.check_names, annotation = names,
    doc = "with all of these capabilities" },
  { name = "name", type = "any", check = rows.check_names, annotation = names,
    doc = "one of these names, in any case; * matches any text" },
  { name = "available", type = "boolean", doc = "whether it is available" },
  { name = "where", type = "function", annotation = "fun(device: homey.Device): any",
    doc = "returns true for wanted devices; it gets the last known values, and cannot wait" },
}

rows.flows = {
  what = "homey.flows", class = "homey.FlowFilter", example = "{ folder = \"Evening\" }",
  doc = "Filter of homey.flows. A flow must match all fields.",
  { name = "name", type = "any", check = rows.check_names, annotation = names,
    doc = "one of these names, in any case; * matches any text" },
  { name = "folder", type = "any", check = rows.check_names, annotation = names,
    doc = "in one of these folders, or in a folder inside one" },
  { name = "enabled", type = "boolean", doc = "whether it is enabled" },
  { name = "triggerable", type = "boolean", doc = "whether it can be started" },
  { name = "advanced", type = "boolean", doc = "whether it is an advanced flow" },
  { name = "broken", type = "boolean", doc = "whether something that it needs is missing" },
}

rows.cards = {
  what = "homey.cards", class = "homey.CardFilter", example = "{ type = \"action\", \"push\" }",
  doc = "Which flow cards homey.cards lists: all words in its list must be in a card.",
  { name = "type", type = "text", values = { "action", "condition", "trigger" },
    doc = "only cards of this type" },
  { name = "device", type = "any", annotation = "string|homey.Device",
    doc = "only cards of this device" },
}

rows.card = {
  what = "a flow card", class = "homey.CardOptions", example = "{ duration = \"2 s\" }",
  doc = "What homey.action and homey.condition give a flow card beside its arguments.",
  { name = "duration", type = "duration", doc = "how long a card that takes a duration lasts" },
  { name = "token", type = "any", annotation = "homey.Token|homey.Variable|string",
    doc = "the token of a card that takes one; as text \"<uri>|<id>\"" },
  { name = "tokens", type = "table", annotation = "table<string, any>",
    doc = "values of the local tokens that its arguments name, as in \"[[name]]\"" },
}

return rows
