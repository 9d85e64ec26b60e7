--- Flow cards of devices, made from their capabilities as hubs make them.
local build = require "homey.sim.home.build"
local core = require "homey.core"

local null, array = core.null, build.array

-- By capability: cards with id and title, the value that an action sets, or the argument with it.
local actions = {
  onoff = {
    { "on", "Turn on", value = true }, { "off", "Turn off", value = false },
    { "toggle", "Toggle on or off", toggle = true },
  },
  dim = { { "dim", "Dim to", arg = "dim" } },
  locked = { { "lock", "Lock", value = true }, { "unlock", "Unlock", value = false } },
  target_temperature = {
    { "target_temperature_set", "Set the temperature", arg = "target_temperature" },
  },
  thermostat_mode = { { "thermostat_mode_set", "Set the mode", arg = "thermostat_mode" } },
  windowcoverings_set = {
    { "windowcoverings_set", "Set the position", arg = "windowcoverings_set" },
  },
  windowcoverings_state = {
    { "windowcoverings_state", "Set the state", arg = "windowcoverings_state" },
  },
  volume_set = { { "volume_set", "Set the volume", arg = "volume" } },
  volume_mute = {
    { "volume_mute", "Mute", value = true }, { "volume_unmute", "Unmute", value = false },
  },
  speaker_playing = { { "play", "Play", value = true }, { "pause", "Pause", value = false } },
  speaker_next = { { "next", "Play next", value = true } },
  speaker_prev = { { "prev", "Play previous", value = true } },
  fan_speed = { { "fan_speed_set", "Set the speed", arg = "fan_speed" } },
  light_temperature = { { "light_temperature", "Set the temperature", arg = "temperature" } },
  light_hue = { { "light_hue", "Set the hue", arg = "hue" } },
  button = { { "button", "Push the button", value = true } },
}

local conditions = {
  onoff = { "on", "Is turned !{{on|off}}" },
  locked = { "locked", "Is !{{locked|unlocked}}" },
  speaker_playing = { "playing", "Is !{{|not}} playing" },
}

local device_cards = {}

---@class homey.sim.Card
---@field card table       its definition, in the form of version 3
---@field device? table    whose card it is
---@field capability? string
---@field row? table       what an action sets

local function definition(device, id, title, args, tokens)
  local uri = "homey:device:" .. device.id
  return {
    id = uri .. ":" .. id, ownerUri = uri, ownerId = id, ownerName = device.name, title = title,
    titleFormatted = null, hint = null, args = args or null, tokens = tokens, droptoken = null,
  }
end

-- The argument of a card that sets a capability: its kind is that of the capability.
local function argument(name, capability)
  local arg = { name = name, title = capability.title or capability.id, type = "text" }
  if capability.type == "number" then
    arg.type = capability.max == 1 and "range" or "number"
    arg.min, arg.max, arg.step = capability.min, capability.max, capability.step
  elseif capability.type == "enum" then
    arg.type, arg.values = "dropdown", capability.values
  elseif capability.type == "boolean" then
    arg.type = "checkbox"
  end
  return arg
end

-- The part of a capability's id after the dot belongs to its cards too.
local function parts_of(id)
  local plain, suffix = id:match "^([^.]+)(.*)$"
  return plain, suffix
end

local makers = {}

function makers.actions(add, device, id, capability)
  local plain, suffix = parts_of(id)
  for _, row in ipairs(capability.setable and actions[plain] or {}) do
    local args = row.arg and array { argument(row.arg, capability) }
    add(definition(device, row[1] .. suffix, row[2], args), id, row)
  end
end

function makers.conditions(add, device, id, capability)
  local plain, suffix = parts_of(id)
  local row = conditions[plain]
  if not row and id:find "^alarm_" then
    row = { plain, (capability.title or id) .. " is !{{on|off}}" }
  end
  if row and capability.type == "boolean" then
    add(definition(device, row[1] .. suffix, row[2]), id)
  end
end

function makers.triggers(add, device, id, capability)
  if id:find "^button" then
    return add(definition(device, id .. "_pressed", "Was pressed"), id)
  end
  if capability.getable == false then return end
  if capability.type == "boolean" then
    local title = capability.title or id
    add(definition(device, id .. "_true", title .. " turned on", nil, array()), id)
    return add(definition(device, id .. "_false", title .. " turned off", nil, array()), id)
  end
  local kind = capability.type == "number" and "number" or "string"
  local title = capability.title or id
  add(definition(device, id .. "_changed", title .. " changed", nil, array {
    { name = id, title = title, type = kind, example = null },
  }), id)
end

local function sorted_ids(items)
  local ids = {}
  for id in pairs(items) do ids[#ids + 1] = id end
  table.sort(ids)
  return ids
end

-- A speaker speaks by an action of its app, which no capability has.
local function add_say(list, device)
  if device.class ~= "speaker" then return end
  local card = definition(device, "say", "Say", array { { name = "text", type = "text",
    title = "Text" } })
  list[#list + 1] = { card = card, device = device }
end

--- The cards of all devices.
---@param devices table<string, table>
---@param kind "actions"|"conditions"|"triggers"
---@return homey.sim.Card[]
function device_cards.list(devices, kind)
  local list = {}
  for _, device_id in ipairs(sorted_ids(devices)) do
    local device = devices[device_id]
    local function add(card, capability, row)
      list[#list + 1] = { card = card, device = device, capability = capability, row = row }
    end
    for _, id in ipairs(device.capabilities) do
      makers[kind](add, device, id, device.capabilitiesObj[id])
    end
    if kind == "actions" then add_say(list, device) end
  end
  return list
end

return device_cards
