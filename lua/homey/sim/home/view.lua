--- View of a home as a hub of version 2 or 3 presents it: JSON, cached until something changes.
local core = require "homey.core"

---@class homey.sim.View
local View = { __name = "homey.sim.View" }
View.__index = View

--- A view of a model.
---@param model homey.sim.Model
---@return homey.sim.View
function View.new(model)
  local v = setmetatable({ model = model, texts = {}, lists = {} }, View)
  model:listen(function(event, item)
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
  d.ownerUri, d.note, d.warningMessage, d.lastSeenAt = nil, nil, nil, nil
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

local function split_id(item)
  local out = copy(item)
  out.uri = item.ownerUri
  out.id = item.ownerId
  out.uriObj = { id = item.ownerUri, name = item.ownerName }
  out.ownerUri, out.ownerId, out.ownerName = nil, nil, nil
  return out
end

--- Items with an owner. In version 2 they have a short id and a uri.
---@param list table[]
---@param version integer
---@return table[]
function View.owned(list, version)
  if version ~= 2 then return list end
  local out = setmetatable({}, core.array)
  for i, item in ipairs(list) do out[i] = split_id(item) end
  return out
end

local function split_card(card)
  if type(card) ~= "table" or type(card.id) ~= "string" then return card end
  local out = copy(card)
  out.uri, out.id = card.id:match("^([^:]*:[^:]*:[^:]*):(.*)$")
  return out
end

local function cards_v2(cards)
  local out = setmetatable({}, core.array)
  for i, card in ipairs(cards or {}) do out[i] = split_card(card) end
  return out
end

--- A flow in the form of a version.
---@param flow table
---@param version integer
---@return table
function View.flow(flow, version)
  if version ~= 2 then return flow end
  local out = copy(flow)
  out.trigger = split_card(flow.trigger)
  out.conditions, out.actions = cards_v2(flow.conditions), cards_v2(flow.actions)
  out.broken, out.order, out.triggerCount = false, 0, 0
  return out
end

return View
