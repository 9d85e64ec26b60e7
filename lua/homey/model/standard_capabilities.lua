-- Standard capabilities and device classes of the system. They are defaults: a device's own facts
-- take precedence. The table stays one string, since a script needs at most a few of its rows.

local number_of = require("homey.util.number_text").read

local standard_capabilities = {}

local function list_of(ids)
  if ids == "" then return nil end
  local values = {}
  for id in ids:gmatch("[^|]+") do values[#values + 1] = { id = id } end
  return values
end

local row = ("([^\t]*)\t"):rep(8) .. "([^\t]*)"

-- The rest of the line that starts with a name.
local function line_of(text, name)
  local start = name .. "\t"
  if text:sub(1, #start) == start then return text:match("^[^\n]*", #start + 1) end
  local _, last = text:find("\n" .. start, 1, true)
  return last and text:match("^[^\n]*", last + 1)
end

local function read(id)
  local line = line_of(require("homey.model.capability_catalog").capabilities, id:match("^[^.]*"))
  if not line then return nil end
  local kind, min, max, step, decimals, units, values, getable, setable = line:match(row)
  return {
    id = id, type = kind, min = number_of(min), max = number_of(max), step = number_of(step),
    decimals = number_of(decimals), units = units ~= "" and units or nil, values = list_of(values),
    getable = getable == "1", settable = setable == "1",
  }
end

local known = {} -- id -> definition, or false when there is none

--- The definition of a system capability. A sub-capability such as onoff.2 has the definition of
--- onoff.
---@param id string
---@return homey.Capability?  must not be changed
function standard_capabilities.capability(id)
  if known[id] == nil then known[id] = read(id) or false end
  return known[id] or nil
end

--- Reports whether a name is a device class of the system.
---@param name string
---@return boolean
function standard_capabilities.is_class(name)
  for each in require("homey.model.capability_catalog").classes:gmatch("%S+") do
    if each == name then return true end
  end
  return false
end

return standard_capabilities
