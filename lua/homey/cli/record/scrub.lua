-- Scrub of a recording: replaces names by "Light 1" and "Zone 2", ids by numbers, and texts by
-- "text".
--
-- Invariant: the same thing has the same new name in the snapshot and in every event.

local suggest = require "homey.util.suggest"
local text = require "homey.util.text"

local scrub = {}

local kinds = { -- list, word, in a fixed order so that the numbers are the same each time
  { "zones", "Zone" }, { "devices" }, { "flows", "Flow" }, { "variables", "Variable" },
  { "users", "User" }, { "moods", "Mood" },
}

local function word_of(item, word)
  if word then return word end
  local class = type(item.class) == "string" and item.class:match "^%a+$" or "device"
  return text.upper(class:sub(1, 1)) .. class:sub(2)
end

-- Replaces texts, such as the track that a speaker plays, and the titles of scenes: they may hold
-- personal data. The ids of enums stay.
local function without_texts(capabilities)
  for _, known in pairs(capabilities or {}) do
    known.title, known.desc, known.options = nil, nil, nil
    for _, each in ipairs(type(known.values) == "table" and known.values or {}) do
      if type(each) == "table" then each.title = each.id end
    end
    if known.type == "string" and type(known.value) == "string" then known.value = "text" end
  end
end

local function new_ids(home)
  local ids, n = {}, 0
  for _, kind in ipairs(kinds) do
    for _, id in ipairs(suggest.keys(home[kind[1]] or {})) do
      n = n + 1
      ids[id] = ("00000000-0000-4000-8000-%012d"):format(n)
    end
  end
  return ids
end

local references = { "zone", "parent" }

local function renamed(list, word, ids)
  local items, counts = {}, {}
  for _, id in ipairs(suggest.keys(list)) do
    local item = list[id]
    local name = word_of(item, word)
    counts[name] = (counts[name] or 0) + 1
    item.id, item.name = ids[id], ("%s %d"):format(name, counts[name])
    for _, field in ipairs(references) do
      if item[field] then item[field] = ids[item[field]] end
    end
    item.driverId, item.folder = nil, nil
    without_texts(item.capabilitiesObj)
    items[item.id] = item
  end
  return items
end

--- Scrub a snapshot, in place.
---@param home table
---@return fun(event: table): table  scrubs an event, in place
function scrub.home(home)
  local ids, texts = new_ids(home), {}
  for _, device in pairs(home.devices) do
    for id, known in pairs(device.capabilitiesObj or {}) do
      texts[device.id .. " " .. id] = known.type == "string"
    end
  end
  home.homey.name = "Home"
  if home.location then -- rounded: sunset stays approximately right
    home.location.latitude = math.floor(home.location.latitude + 0.5)
    home.location.longitude = math.floor(home.location.longitude + 0.5)
  end
  for _, mood in pairs(home.moods or {}) do mood.devices = nil end
  for _, variable in pairs(home.variables or {}) do
    if type(variable.value) == "string" then variable.value = "text" end
  end
  for _, kind in ipairs(kinds) do home[kind[1]] = renamed(home[kind[1]] or {}, kind[2], ids) end
  return function(event)
    local is_text = event.variable or texts[(event.device or "") .. " " .. (event.capability or "")]
    if is_text and type(event.value) == "string" then event.value = "text" end
    for _, field in ipairs { "device", "variable", "user" } do
      if event[field] then event[field] = ids[event[field]] end
    end
    return event
  end
end

return scrub
