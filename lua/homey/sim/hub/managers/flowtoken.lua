--- Flow tokens: those of variables and devices, and the home's own.
local View = require "homey.sim.home.view"
local build = require "homey.sim.home.build"
local core = require "homey.core"

local null = core.null

---@type homey.sim.Handlers
local flowtoken = {}

local function token(uri, id, owner_name, kind, title, value)
  return {
    id = uri .. ":" .. id, ownerUri = uri, ownerId = id, ownerName = owner_name, type = kind,
    title = title, example = null, value = value == nil and null or value,
  }
end

local kinds = { number = "number", boolean = "boolean", string = "string", enum = "string" }

local function add_device(by_id, device)
  for _, id in ipairs(device.capabilities) do
    local capability = device.capabilitiesObj[id]
    local kind = kinds[capability.type]
    if kind and capability.getable ~= false then
      local made = token("homey:device:" .. device.id, id, device.name, kind,
        capability.title or id, capability.value)
      by_id[made.id] = made
    end
  end
end

-- All tokens by their whole id. One of the home's own keeps its members; its value is that of what
-- it stands for, where there is one.
local function all(call)
  local by_id = {}
  for _, device in pairs(call.data.devices) do add_device(by_id, device) end
  for id, variable in pairs(call.data.variables) do
    local made = token("homey:manager:logic", id, "Logic", variable.type, variable.name,
      variable.value)
    by_id[made.id] = made
  end
  for _, own in pairs(call.data.flowtokens or {}) do
    local known = by_id[own.id] or {}
    for name, value in pairs(own) do
      if known[name] == nil then known[name] = value end
    end
    by_id[tostring(own.id)] = known
  end
  return by_id
end

-- Version 3 tells a value only when it is asked for.
local function shown(call, each)
  local out = View.item("flowtokens", each, call.version)
  if call.version == 3 then
    out.value = nil
  elseif out.value == nil then
    out.value = null
  end
  return out
end

flowtoken.getFlowTokens = function(call)
  local list = build.array()
  for _, each in pairs(all(call)) do list[#list + 1] = each end
  table.sort(list, function(a, b) return tostring(a.id) < tostring(b.id) end)
  for i, each in ipairs(list) do list[i] = shown(call, each) end
  return call:ok(list)
end

local function find(call)
  local by_id, id = all(call), call.args.id
  return by_id[id] or call.args.uri and by_id[call.args.uri .. ":" .. id]
end

flowtoken.getFlowToken = function(call)
  local found = find(call)
  if not found then return call:not_found("FlowToken", call.args.id) end
  return call:ok(shown(call, found))
end

flowtoken.getFlowTokenValue = function(call)
  local found = find(call)
  if not found then return call:not_found("FlowToken", call.args.id) end
  return call:ok(found.value)
end

return flowtoken
