-- Option tables of filters: homey.devices{...} and homey.flows{...}.

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

local names = "string|string[]"

rows.devices = {
  what = "homey.devices", class = "homey.Filter", example = "{ zone = \"Kitchen\" }",
  doc = "Which devices homey.devices lists. All fields must fit.",
  { name = "zone", type = "any", check = rows.check_names,
    annotation = "string|homey.Zone|(string|homey.Zone)[]",
    doc = "in any of these zones, or in a zone inside one" },
  { name = "class", type = "any", check = rows.check_names, annotation = names,
    doc = "of any of these classes" },
  { name = "capability", type = "any", check = rows.check_names, annotation = names,
    doc = "with all of these capabilities" },
  { name = "name", type = "any", check = rows.check_names, annotation = names,
    doc = "any of these names, in any case; * stands for anything" },
}

rows.flows = {
  what = "homey.flows", class = "homey.FlowFilter", example = "{ folder = \"Evening\" }",
  doc = "Which flows homey.flows lists. All fields must fit.",
  { name = "name", type = "any", check = rows.check_names, annotation = names,
    doc = "any of these names, in any case; * stands for anything" },
  { name = "folder", type = "any", check = rows.check_names, annotation = names,
    doc = "in any of these folders, or in a folder inside one" },
  { name = "enabled", type = "boolean", doc = "whether it is enabled" },
  { name = "triggerable", type = "boolean", doc = "whether it can be started" },
  { name = "advanced", type = "boolean", doc = "whether it is an advanced flow" },
  { name = "broken", type = "boolean", doc = "whether the hub calls it broken" },
}

return rows
