--- What a home in virtual time was asked to change, in order, for a test to look at: home.sent[1], home:sent("Hall/Lamp").

---@class homey.sim.Sent   one change that was sent
---@field at number          seconds since 1970
---@field time string        the same by the clock of the home, "2026-01-01 22:30:00"
---@field method string      "PUT", "POST" or "DELETE"
---@field path string
---@field body any
---@field device? string     "Hall/Lamp", where a capability was set
---@field id? string         of the device, the flow or the variable
---@field capability? string
---@field value? any         to which the capability, or the variable, was set
---@field duration? number   seconds, where the set has one
---@field flow? string       name of a flow that was started
---@field variable? string   name of a variable that was set
---@field failed? string     the kind of its error, where it was not done

---@class homey.sim.SentList  an array of them; called as a method it gives those of one device, flow or variable

local core = require "homey.core"
local show = require "homey.util.format"
local visible = require("homey.util.text").visible

local sent = {}

--- A change in words: "Hall/Lamp: onoff = true".
---@param entry homey.sim.Sent
---@return string
local function words(entry)
  if entry.device then return ("%s: %s = %s"):format(entry.device, entry.capability, show(entry.value)) end
  if entry.flow then return ("flow '%s' is started"):format(entry.flow) end
  if entry.variable then return ("variable '%s' = %s"):format(entry.variable, show(entry.value)) end
  return entry.method .. " " .. entry.path
end

-- The part of a path that tells what it is about -> what is noted of it.
local about = {}

about["^/api/manager/devices/device/([^/]+)/capability/([^/]+)$"] = function(entry, data, body, id, capability)
  local device = data.devices[id]
  local zone = device and data.zones[device.zone]
  entry.device = device and (zone and zone.name .. "/" or "") .. device.name or id
  entry.id, entry.capability, entry.value = id, capability, body.value
  local duration = type(body.opts) == "table" and body.opts.duration
  entry.duration = duration and duration / 1000 or nil
end

about["^/api/manager/flow/%a*flow/([^/]+)/trigger$"] = function(entry, data, _, id)
  local flow = data.flows[id] or data.advancedflows[id]
  entry.id, entry.flow = id, flow and flow.name or id
end

about["^/api/manager/logic/variable/([^/]+)$"] = function(entry, data, body, id)
  local variable = data.variables[id]
  entry.id, entry.variable, entry.value = id, variable and variable.name or id, body.value
end

local function note_subject(entry, data, request)
  for pattern, note in pairs(about) do
    local first, second = entry.path:match(pattern)
    if first then return note(entry, data, type(request.json) == "table" and request.json or {}, first, second) end
  end
  entry.body = request.body and core.decode(request.body) -- a copy, since the hub may keep its own
end

-- Those of a device, a flow or a variable, by id or by name: home:sent("Hall/Lamp", "onoff").
local function of(list, home, ref, capability)
  home:settle()
  if ref == nil then return list end
  local found, id = {}, type(ref) == "table" and ref.id or ref
  for _, entry in ipairs(list) do
    local is_it = entry.id == id or entry.device == id or entry.flow == id or entry.variable == id
    if is_it and (capability == nil or entry.capability == capability) then found[#found + 1] = entry end
  end
  return found
end

--- An empty list for a home, and how a request is added to it.
---@param home homey.sim.VirtualHome
---@return homey.sim.SentList
---@return fun(request: homey.sim.Asked): homey.sim.Sent add
function sent.list(home)
  local entries = { __name = "homey.sim.Sent", __tostring = function(entry) return visible(words(entry)) end }
  function entries.__index(entry, name)
    if name == "time" then return home:date(entry.at) end
  end
  local list = setmetatable({}, {
    __name = "homey.sim.SentList", __call = of,
    __tostring = function(list) return ("homey.sim.SentList: %d"):format(#list) end,
  })
  return list, function(request)
    local entry = setmetatable({ at = request.time, method = request.method, path = request.path }, entries)
    note_subject(entry, home.model.data, request)
    list[#list + 1] = entry
    return entry
  end
end

return sent
