--- Changes that were sent in virtual time, for tests: home.sent[1], home:sent("Hall/Lamp").

---@class homey.sim.Sent   one change that was sent
---@field at number          seconds since 1970
---@field time string        local time of the home, "2026-01-01 22:30:00"
---@field method string      "PUT", "POST" or "DELETE"
---@field path string
---@field body any
---@field device? string     "Hall/Lamp", where a capability was set
---@field id? string         of the device, the flow or the variable
---@field capability? string
---@field value? any         new value of the capability or the variable
---@field duration? number   seconds, where the set has one
---@field flow? string       name of a flow that was started
---@field variable? string   name of a variable that was set
---@field mood? string       name of a mood that was set
---@field user? string       name of a user whose presence or sleep was set
---@field card? string       full id of a flow card that was run
---@field args? table        arguments of the card
---@field failed? string     the kind of its error, where it failed

---@class homey.sim.SentList  an array of changes; called as a method it returns those of one
---       device, flow, variable, mood, user or flow card

local core = require "homey.core"
local format = require "homey.util.format"
local visible = require("homey.util.text").visible

local sent = {}

-- A change as text: "Hall/Lamp: onoff = true".
local function describe(entry)
  if entry.device then
    return ("%s: %s = %s"):format(entry.device, entry.capability, format(entry.value))
  end
  if entry.flow then return ("flow '%s' is started"):format(entry.flow) end
  if entry.variable then
    return ("variable '%s' = %s"):format(entry.variable, format(entry.value))
  end
  if entry.mood then return ("mood '%s' is set"):format(entry.mood) end
  if entry.user then
    return ("user '%s': %s = %s"):format(entry.user, entry.capability, format(entry.value))
  end
  if entry.card then return ("card '%s' is run"):format(entry.card) end
  return entry.method .. " " .. entry.path
end

-- By pattern of a path: f(entry, model, body, captures of the path), which fills the entry.
local fill = {}

fill["^/api/manager/devices/device/([^/]+)/capability/([^/]+)$"] = function(entry, model, body, id,
    capability)
  local device = model.data.devices[id]
  entry.device = device and model:label(device) or id
  entry.id, entry.capability, entry.value = id, capability, body.value
  local duration = type(body.opts) == "table" and body.opts.duration
  entry.duration = duration and duration / 1000 or nil
end

fill["^/api/manager/flow/%a*flow/([^/]+)/trigger$"] = function(entry, model, _, id)
  local flow = model.data.flows[id] or model.data.advancedflows[id]
  entry.id, entry.flow = id, flow and flow.name or id
end

fill["^/api/manager/logic/variable/([^/]+)$"] = function(entry, model, body, id)
  local variable = model.data.variables[id]
  entry.id, entry.body = id, body
  if body.value ~= nil then
    entry.variable, entry.value = variable and variable.name or id, body.value
  end
end

fill["^/api/manager/moods/mood/([^/]+)/set$"] = function(entry, model, _, id)
  local mood = (model.data.moods or {})[id]
  entry.id, entry.mood = id, mood and mood.name or id
end

-- The user whom the hub knows as "me" is the owner.
local function user_of(model, id)
  if model.data.users[id] then return model.data.users[id] end
  for _, user in pairs(id == "me" and model.data.users or {}) do
    if user.role == "owner" then return user end
  end
end

fill["^/api/manager/presence/([^/]+)/(%a+)$"] = function(entry, model, body, id, fact)
  local user = user_of(model, id)
  entry.id, entry.user = user and user.id or id, user and user.name or id
  entry.capability, entry.value, entry.body = fact, body.value, body
end

fill["^/api/manager/flow/flowcardaction/([^/]+)/([^/]+)/run$"] = function(entry, _, body, uri, id)
  entry.card = id:sub(1, #uri + 1) == uri .. ":" and id or uri .. ":" .. id
  entry.id, entry.args, entry.body = entry.card, body.args, body
end

local function fill_entry(entry, model, request)
  local body = type(request.json) == "table" and request.json or {}
  for pattern, f in pairs(fill) do
    local first, second = entry.path:match(pattern)
    if first then return f(entry, model, body, first, second) end
  end
  entry.id = entry.path:match "^/api/manager/[^/]+/[^/]+/([^/]+)"
  entry.body = request.body and core.decode(request.body) -- a copy: the hub may keep the other
end

--- A request that changes something, as an entry and as text.
---@param model homey.sim.Model
---@param request homey.sim.Asked
---@return homey.sim.Sent entry
---@return string text
function sent.entry(model, request)
  local entry = { at = request.time, method = request.method, path = request.path }
  fill_entry(entry, model, request)
  return entry, visible(describe(entry))
end

-- The changes of a device, a flow or a variable, by id or by name: home:sent("Hall/Lamp", "onoff").
local function changes_of(list, home, ref, capability)
  home:settle()
  if ref == nil then return list end
  local found, id = {}, type(ref) == "table" and ref.id or ref
  for _, entry in ipairs(list) do
    local fits = entry.id == id or entry.device == id or entry.flow == id or entry.variable == id
      or entry.mood == id or entry.user == id
    if fits and (capability == nil or entry.capability == capability) then
      found[#found + 1] = entry
    end
  end
  return found
end

--- An empty list for a home, and the function that adds a request to it.
---@param home homey.sim.VirtualHome
---@return homey.sim.SentList
---@return fun(request: homey.sim.Asked): homey.sim.Sent add
function sent.list(home)
  local entries = {
    __name = "homey.sim.Sent",
    __tostring = function(entry) return visible(describe(entry)) end,
  }
  function entries.__index(entry, name)
    if name == "time" then return home:date(entry.at) end
  end
  local list = setmetatable({}, {
    __name = "homey.sim.SentList", __call = changes_of,
    __tostring = function(list) return ("homey.sim.SentList: %d"):format(#list) end,
  })
  return list, function(request)
    local entry = { at = request.time, method = request.method, path = request.path }
    setmetatable(entry, entries)
    fill_entry(entry, home.model, request)
    list[#list + 1] = entry
    return entry
  end
end

return sent
