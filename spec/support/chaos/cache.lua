--- Compares the cache of a home with the state at the hub, and lists the differences.
local core = require "homey.core"

local cache = {}

local lists = {
  device = "devices", zone = "zones", variable = "variables", flow = "flows", user = "users",
}

local function plain(value)
  if value == core.null then return nil end
  return value
end

-- The state of an item in the cache and at the hub, in the same form.
local facts = {
  device = function(device)
    local known = {
      name = device.name, zone = device.zone.id, available = device.available, class = device.class,
    }
    for id, capability in pairs(device.capabilities) do
      if capability.getable then known[id] = device:get(id) end
    end
    return known
  end,
  zone = function(zone) return { name = zone.name, parent = zone.parent and zone.parent.id } end,
  variable = function(variable) return { name = variable.name, value = variable:get() } end,
  flow = function(flow) return { name = flow.name, enabled = flow.enabled } end,
  user = function(user)
    return { name = user.name, present = user.present, asleep = user.asleep }
  end,
}

local truths = {
  device = function(raw)
    local known = { name = raw.name, zone = raw.zone, available = raw.available, class = raw.class }
    for id, capability in pairs(raw.capabilitiesObj) do
      if capability.getable ~= false then known[id] = plain(capability.value) end
    end
    return known
  end,
  zone = function(raw) return { name = raw.name, parent = plain(raw.parent) } end,
  variable = function(raw) return { name = raw.name, value = raw.value } end,
  flow = function(raw) return { name = raw.name, enabled = raw.enabled } end,
  user = function(raw) return { name = raw.name, present = raw.present, asleep = raw.asleep } end,
}

local function known_to_the_cache(home)
  local known = {}
  for kind, list in pairs(lists) do
    for _, each in ipairs(home[list](home)) do known[kind .. " " .. each.id] = facts[kind](each) end
  end
  return known
end

local function known_to_the_hub(data)
  local known = {}
  for kind, list in pairs(lists) do
    for id, raw in pairs(data[list]) do known[kind .. " " .. id] = truths[kind](raw) end
  end
  for id, raw in pairs(data.advancedflows) do known["flow " .. id] = truths.flow(raw) end
  return known
end

--- The differences between a home and its hub, as sentences.
---@param home homey.Home
---@param data table  of the hub's model
---@return string[]
function cache.differences(home, data)
  local list, hub, here = {}, known_to_the_hub(data), known_to_the_cache(home)
  for key, each in pairs(hub) do
    local known = here[key] or { name = "nothing" }
    local names = {}
    for _, side in ipairs { each, known } do
      for name in pairs(side) do names[name] = true end
    end
    for name in pairs(names) do
      if each[name] ~= known[name] then
        list[#list + 1] = ("%s: %s is %s, not %s"):format(key, name, tostring(each[name]),
          tostring(known[name]))
      end
    end
  end
  for key in pairs(here) do
    if not hub[key] then list[#list + 1] = key .. " is no more" end
  end
  table.sort(list)
  return list
end

return cache
