-- Filters of devices: which ones homey.devices{...} selects.

local lazy = require "homey.util.lazy"
local new_error = require "homey.error"
local option_tables = require "homey.model.options"
local options = require "homey.util.options"
local raise = require "homey.util.raise"
local text = require "homey.util.text"

local known_facts = lazy "homey.model.known"
local format = lazy "homey.util.format"
local suggest = lazy "homey.util.suggest"
local standard_capabilities = lazy "homey.model.standard_capabilities"

local filter = {}

local function list_of(value)
  if type(value) == "table" and getmetatable(value) == nil then return value end
  return { value }
end

-- For each key: a function that prepares the wanted text, and one that tests a device.
local tests = {}

-- A hub may name a zone that it does not list: such a device is in no zone.
function tests.zone(device, zone)
  local own = device.zone
  return own ~= nil and own.record and own:is_in(zone) or false
end

function tests.class(device, class)
  return device.class == class or device.virtual_class == class
end

function tests.capability(device, id)
  return known_facts.all(device)[id] ~= nil
end

function tests.name(device, pattern)
  return text.seen(device.name):find(pattern) ~= nil
end

function tests.available(device, wanted)
  return device.available == wanted
end

function tests.where(device, f)
  return f(device) and true or false
end

--- Make the Lua pattern of a name in which * matches any text. It is for folded text.
---@param name string
---@return string
function filter.pattern(name)
  local escaped = text.seen(name):gsub("[%^%$%(%)%%%.%[%]%+%-%?]", "%%%0")
  return "^" .. escaped:gsub("%*", ".*") .. "$"
end

--- Refuse a value that is not a filter.
---@param wanted any
function filter.check(wanted)
  options.read(option_tables.devices, wanted)
end

local function prepare_one(directory, key, value)
  local list = {}
  for i, each in ipairs(list_of(value)) do
    if key == "zone" then each = directory:find("zone",
      each) elseif key == "name" then each = filter.pattern(each) end
    list[i] = each
  end
  return list
end

local function matches(device, key, list)
  local all = key == "capability"
  for _, each in ipairs(list) do
    if tests[key](device, each) ~= all then return not all end
  end
  return all
end

-- A function `where` is asked last: it may rely on the other fields.
local function matches_all(device, prepared)
  for key, list in pairs(prepared) do
    if key ~= "where" and not matches(device, key, list) then return false end
  end
  return not prepared.where or matches(device, "where", prepared.where)
end

local known_elsewhere = {
  class = standard_capabilities.is_class, capability = standard_capabilities.capability,
}

local function values_here(devices, key)
  local here = {}
  for _, device in ipairs(devices) do
    if key == "class" then
      here[device.class or ""], here[device.virtual_class or ""] = true, true
    else
      for id in pairs(known_facts.all(device)) do here[id] = true end
    end
  end
  return here
end

-- Refuses a class or capability that neither this home nor the system knows: it is most likely a
-- typing mistake, and the selection would be empty.
local function check_spelling(directory, key, list)
  if not known_elsewhere[key] then return end
  local devices, here = directory:list "device", nil
  for _, each in ipairs(list) do
    here = here or values_here(devices, key)
    if not here[each] and not known_elsewhere[key](each) then
      local hint = suggest.hint(each, suggest.keys(here))
      raise(directory:doubt("device",
        new_error("not_found", ("no device here has the %s %s%s"):format(key, format(each), hint))))
    end
  end
end

--- Prepare a filter: names of zones are replaced by the zones that have these names now.
---@param directory homey.Directory
---@param wanted homey.Filter
---@return table<string, any[]> prepared
function filter.prepare(directory, wanted)
  local prepared = {}
  for key, value in pairs(wanted) do
    prepared[key] = prepare_one(directory, key, value)
    check_spelling(directory, key, prepared[key])
  end
  return prepared
end

--- The devices of a directory that match a prepared filter. Makes no request.
---@param directory homey.Directory
---@param prepared table<string, any[]>
---@return homey.Device[]
function filter.matching(directory, prepared)
  local found = {}
  for _, device in ipairs(directory:list "device") do
    if matches_all(device, prepared) then found[#found + 1] = device end
  end
  return found
end

--- Make a function that reports whether a device matches. It reads the lists when they were not
--- read yet.
---@param directory homey.Directory
---@param wanted homey.Filter
---@return fun(device: homey.Device): boolean
function filter.matcher(directory, wanted)
  directory:need { "zone", "device" }
  local prepared = filter.prepare(directory, wanted)
  return function(device)
    return matches_all(device, prepared)
  end
end

return filter
