-- Annotations of a home, in LuaCATS form: an editor then completes and checks the names of devices,
-- their capabilities and the values of enums.
--
-- Each `@field` line of a function is one signature. A quoted text as the type of a parameter means
-- that the parameter must have this value.

local facts = require "homey.cli.facts"
local names_of = require "homey.cli.names_of"
local suggest = require "homey.util.suggest"
local text = require "homey.util.text"

local annotations = {}

-- Escapes a name for an annotation: it may contain line breaks and quotes.
local function quoted(name)
  return '"' .. text.visible(name):gsub('[\\"]', "\\%0") .. '"'
end

-- ---- capabilities -------------------------------------------------------------------------------

local plain_types = { boolean = "boolean", number = "number", string = "string" }

local function value_type(known)
  if known.type ~= "enum" or not known.values or #known.values == 0 then
    return plain_types[known.type] or "string"
  end
  local list = {}
  for i, each in ipairs(known.values) do list[i] = quoted(each.id) end
  return table.concat(list, "|")
end

-- Numbers with a range also take text: "50%".
local function settable_type(known)
  local has_range = known.type == "number" and known.min and known.max
  return value_type(known) .. (has_range and "|string" or "")
end

local function about(known)
  local parts = {}
  if known.title then parts[#parts + 1] = text.visible(known.title) end
  if known.type == "number" and known.min and known.max then
    parts[#parts + 1] = facts.text(known.min) .. " to " .. facts.text(known.max)
  end
  if known.units then parts[#parts + 1] = text.visible(known.units) end
  return #parts > 0 and "  " .. table.concat(parts, ", ") or ""
end

-- ---- devices ------------------------------------------------------------------------------------

local function add(lines, pattern, ...) lines[#lines + 1] = pattern:format(...) .. "\n" end

-- The fields of a table { dim = 0.4 } that sets several capabilities.
local function values_type(device, ids)
  local list = {}
  for _, id in ipairs(ids) do
    local known = device.capabilities[id]
    if known.settable and id:find "^[%a_][%w_]*$" then
      list[#list + 1] = ("%s?: %s"):format(id, settable_type(known))
    end
  end
  return #list > 0 and "{ " .. table.concat(list, ", ") .. " }" or nil
end

local function add_methods(lines, class, device, id)
  local known = device.capabilities[id]
  if known.settable then
    add(lines, "---@field set fun(self: %s, capability: %s, value: %s, options?: homey.SetOptions):"
      .. " %s%s", class, quoted(id), settable_type(known), class, about(known))
  end
  if known.getable then
    add(lines, "---@field get fun(self: %s, capability: %s): %s%s", class, quoted(id),
      value_type(known), about(known))
  end
  add(lines, "---@field on fun(self: %s, capability: %s, options: homey.TriggerOptions, f: "
    .. "fun(value: %s, device: %s, event: homey.Event)): homey.Handle", class, quoted(id),
    value_type(known), class)
  add(lines, "---@field on fun(self: %s, capability: %s, f: fun(value: %s, device: %s, event: "
    .. "homey.Event)): homey.Handle", class, quoted(id), value_type(known), class)
end

local function add_device(lines, class, device)
  local ids = suggest.keys(device.capabilities)
  add(lines, "\n---@class %s : homey.Device  %s, class %s", class, text.visible(tostring(device)),
    text.visible(tostring(device.class)))
  add(lines, "---@field capabilities %s.capabilities", class)
  for _, id in ipairs(ids) do add_methods(lines, class, device, id) end
  local values = values_type(device, ids)
  if values then
    add(lines, "---@field set fun(self: %s, values: %s, options?: homey.SetOptions): %s", class,
      values, class)
  end
  add(lines, "\n---@class %s.capabilities", class)
  for _, id in ipairs(ids) do
    add(lines, "---@field [%s] homey.Capability%s", quoted(id), about(device.capabilities[id]))
  end
end

-- Names of classes: letters, digits and underscores, each once.
local function class_names(devices)
  local names, used = {}, {}
  for i, device in ipairs(devices) do
    local name = tostring(device):gsub("[^%w]+", "_"):gsub("^_", ""):gsub("_$", "")
    local base = "homey.home." .. (name:find "^%a" and name or "Device_" .. name)
    name = base
    local n = 2
    while used[name] do
      name, n = base .. "_" .. n, n + 1
    end
    used[name], names[i] = true, name
  end
  return names
end

-- ---- the whole home -----------------------------------------------------------------------------

local head = [[
---@meta homey.this_home
-- Types of the home %s, written by `homey types`. Never loaded: it is for editors with
-- a language server for Lua. Keep it in the folder of your scripts, and write it again when devices
-- change: homey types > home.lua

]]

---@class homey.cli.TypedHome
---@field name string
---@field devices homey.Device[]
---@field others table<string, {name: string}[]>  by the name of their finder: zone, flow

local function add_aliases(lines, others)
  for _, kind in ipairs(suggest.keys(others)) do
    local names, seen = {}, {}
    for _, each in ipairs(names_of(others[kind])) do
      for _, name in ipairs(each) do
        if not seen[name] then names[#names + 1] = quoted(name) end
        seen[name] = true
      end
    end
    table.sort(names)
    if #names > 0 then
      add(lines, "---@alias homey.home.%s\n---| %s\n", kind, table.concat(names, "\n---| "))
    end
  end
end

local function add_finders(lines, owner, self, home, classes, names)
  add(lines, "\n---@class %s", owner)
  for i in ipairs(home.devices) do
    for _, name in ipairs(names[i]) do
      add(lines, "---@field device fun(%sref: %s): %s", self, quoted(name), classes[i])
    end
  end
  for _, kind in ipairs(suggest.keys(home.others)) do
    if #home.others[kind] > 0 then
      add(lines, "---@field %s fun(%sref: homey.home.%s): homey.%s", kind, self, kind,
        text.upper(kind:sub(1, 1)) .. kind:sub(2))
    end
  end
end

--- The annotations of a home. The same home gives the same text.
---@param home homey.cli.TypedHome
---@return string
function annotations.of(home)
  table.sort(home.devices, function(a, b)
    if tostring(a) ~= tostring(b) then return tostring(a) < tostring(b) end
    return a.id < b.id
  end)
  local lines, classes = { head:format(quoted(home.name)) }, class_names(home.devices)
  add_aliases(lines, home.others)
  for i, device in ipairs(home.devices) do add_device(lines, classes[i], device) end
  local names = names_of(home.devices)
  add_finders(lines, "homey", "", home, classes, names)
  add_finders(lines, "homey.Home", "self: homey.Home, ", home, classes, names)
  return table.concat(lines)
end

return annotations
