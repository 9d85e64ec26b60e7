-- Arguments of flow cards: reads the value of an argument by its definition. It makes no request:
-- card/arguments.lua looks up devices, and the choices that the hub offers.

local capability = require "homey.model.capability"
local core = require "homey.core"
local format = require "homey.util.format"
local number_text = require "homey.util.number_text"
local text = require "homey.util.text"

local card_argument = {}

-- ---- tags ---------------------------------------------------------------------------------------

-- By kind of a resource: the tag that stands for its value.
local tags = {
  variable = function(variable) return "homey:manager:logic|" .. variable.id end,
  flowtoken = function(token) return token.tag end,
}

--- The tag of a variable or a flow token, "<uri>|<id>"; nil for anything else.
---@param value any
---@return string?
function card_argument.tag(value)
  local class = getmetatable(value)
  local tag = type(value) == "table" and type(class) == "table" and tags[class.kind]
  return tag and tag(value) or nil
end

-- A text that stands for a value which the hub fills in: "[[homey:manager:logic|<id>]]".
local function is_tag(value)
  return type(value) == "string" and value:find "^%[%[[^%]]+%]%]$" ~= nil
end

-- ---- values by type -----------------------------------------------------------------------------

-- By type: a function that returns the value to send, or nil and what the argument takes.
local readers = {}

function readers.text(_, value)
  if type(value) == "boolean" then return tostring(value) end
  if number_text.is_finite(value) then return number_text.format("%.14g", value) end
  if type(value) == "string" and text.is_utf8(value) then return value end
  return nil, "text"
end

function readers.number(argument, value)
  local def = { id = argument.name, type = "number", min = argument.min, max = argument.max }
  local read, step = capability.read(def, value)
  if not step and capability.accepts(def, read) then return capability.fit(def, read) end
  return nil, capability.takes(def)
end

readers.range = readers.number

function readers.checkbox(_, value)
  if type(value) == "boolean" then return value end
  return nil, "true or false"
end

local function choices(argument)
  local names = {}
  for i, each in ipairs(argument.values or {}) do names[i] = format(each.id) end
  if #names == 0 then return "one of its values" end
  local last = table.remove(names)
  return #names == 0 and last or table.concat(names, ", ") .. " or " .. last
end

-- The id of a value that is given by its id or its title.
local function value_id(argument, value)
  for _, each in ipairs(argument.values or {}) do
    if each.id == value then return each.id end
  end
  if type(value) ~= "string" then return nil end
  for _, each in ipairs(argument.values or {}) do
    if each.title and text.seen(each.title) == text.seen(value) then return each.id end
  end
end

function readers.dropdown(argument, value)
  local id = value_id(argument, value)
  if id ~= nil then return id end
  return nil, choices(argument)
end

function readers.multiselect(argument, value)
  local expected = "a list of " .. choices(argument)
  if type(value) ~= "table" or getmetatable(value) then return nil, expected end
  local ids = setmetatable({}, core.array)
  for i, each in ipairs(value) do
    ids[i] = value_id(argument, each)
    if ids[i] == nil then return nil, expected end
  end
  return ids
end

function readers.time(_, value)
  local hour, minute = tostring(value):match "^(%d%d):(%d%d)$"
  if hour and tonumber(hour) < 24 and tonumber(minute) < 60 then return value end
  return nil, "a time of day such as '07:30'"
end

-- Cards take "24-12-2026"; "2026-12-24" is accepted, too.
function readers.date(_, value)
  local given = tostring(value)
  local day, month, year = given:match "^(%d%d)%-(%d%d)%-(%d%d%d%d)$"
  if not day then year, month, day = given:match "^(%d%d%d%d)%-(%d%d)%-(%d%d)$" end
  if day and tonumber(month) >= 1 and tonumber(month) <= 12 and tonumber(day) >= 1
    and tonumber(day) <= 31 then
    return ("%s-%s-%s"):format(day, month, year)
  end
  return nil, "a date such as '24-12-2026'"
end

function readers.color(_, value)
  if type(value) == "string" and value:find "^#%x%x%x%x%x%x$" then return value end
  return nil, "a colour such as '#FF8800'"
end

-- ---- for callers --------------------------------------------------------------------------------

local words = {
  autocomplete = "the name of a choice of the hub's", device = "a device", any = "a value",
  text = "text", checkbox = "true or false", time = "a time of day", date = "a date",
  color = "a colour",
}

--- What an argument takes, in words: "a number from 0 to 1".
---@param argument homey.CardArgument
---@return string
function card_argument.takes(argument)
  if words[argument.type] then return words[argument.type] end
  local reader = readers[argument.type]
  local _, expected
  if reader then _, expected = reader(argument, nil) end
  return expected or "a value"
end

--- Read the value of an argument.
---@param argument homey.CardArgument
---@param value any
---@return any value         what is sent
---@return string? expected  what it takes, when the value is none of that
function card_argument.read(argument, value)
  local tag = card_argument.tag(value)
  if tag then value = "[[" .. tag .. "]]" end
  local reader = readers[argument.type]
  if not reader or is_tag(value) then return value end
  return reader(argument, value)
end

return card_argument
