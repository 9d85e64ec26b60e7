--- View of a home as a hub of version 2 or 3 presents it: JSON, cached until something changes.
local core = require "homey.core"
local shapes = require "homey.sim.home.shapes"

---@class homey.sim.View
local View = { __name = "homey.sim.View" }
View.__index = View

--- A view of a model.
---@param model homey.sim.Model
---@return homey.sim.View
function View.new(model)
  local v = setmetatable({ model = model, texts = {}, lists = {} }, View)
  model:listen(function(event, item)
    if event == "publish" then return end
    v.lists = {}
    if event == "capability" or event:find("^devices") then v.texts[item.id] = nil end
  end)
  return v
end

local function copy(t)
  local out = setmetatable({}, getmetatable(t))
  for k, val in pairs(t) do out[k] = val end
  return out
end

-- A device in the form of version 2.
local function device_v2(device, zones)
  local d = copy(device)
  if device.driverId then d.driverUri, d.driverId = device.driverId:match("^(.*):([^:]*)$") end
  d.zoneName = zones[device.zone] and zones[device.zone].name or core.null
  d.ownerUri, d.warningMessage, d.lastSeenAt = nil, nil, nil
  d.insights = setmetatable({}, core.array)
  d.capabilitiesOptions = {}
  return d
end

local function encode(value) return assert(core.encode(value)) end

--- One device as JSON; nil where there is none.
---@param id string
---@param version integer
---@return string?
function View:device(id, version)
  local device = self.model.data.devices[id]
  if not device then return nil end
  local known = self.texts[id]
  if known and known[version] then return known[version] end
  local json = encode(version == 2 and device_v2(device, self.model.data.zones) or device)
  self.texts[id] = known or {}
  self.texts[id][version] = json
  return json
end

--- All devices as one JSON object keyed by id.
---@param version integer
---@return string
function View:devices(version)
  local key = "devices" .. version
  if not self.lists[key] then
    local ids = {}
    for id in pairs(self.model.data.devices) do ids[#ids + 1] = id end
    table.sort(ids)
    for i, id in ipairs(ids) do ids[i] = encode(id) .. ":" .. self:device(id, version) end
    self.lists[key] = "{" .. table.concat(ids, ",") .. "}"
  end
  return self.lists[key]
end

-- Adds members that an item lacks.
local function fill(item, members)
  for name, value in pairs(members or {}) do
    if item[name] == nil then item[name] = value end
  end
end

--- An item in the form of a version, with all members that a hub sends.
---@param kind string  its list, such as "flows"
---@param item table
---@param version integer
---@return table
function View.item(kind, item, version)
  local shape = shapes[kind]
  if not shape then return item end
  local out = copy(item)
  fill(out, shape.all)
  if version ~= 2 then
    fill(out, shape.v3)
    return out
  end
  if shape.to_v2 then shape.to_v2(out) end
  for name in pairs(shape.v3 or {}) do out[name] = nil end
  fill(out, shape.v2)
  return out
end

--- A list of items in the form of a version.
---@param kind string
---@param list table<any, table>  keyed by id, or an array
---@param version integer
---@return table
function View.list(kind, list, version)
  local out = setmetatable({}, getmetatable(list))
  for key, item in pairs(list) do out[key] = View.item(kind, item, version) end
  return out
end

return View
