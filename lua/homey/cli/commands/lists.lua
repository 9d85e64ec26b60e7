-- homey devices, zones, flows, variables, users, moods, apps, cards: what a home has.

local at_home = require "homey.cli.at_home"
local core = require "homey.core"
local facts = require "homey.cli.facts"
local filter = require "homey.model.filter"
local homey = require "homey"
local number_text = require "homey.util.number_text"
local state_text = require "homey.cli.state_text"
local text = require "homey.util.text"
local words = require "homey.cli.words"
local lazy = require "homey.util.lazy"

local invalid = lazy "homey.util.invalid"

local device_options = {
  { name = "zone", value = "NAME", type = "text", doc = "in this zone, or in one inside it" },
  { name = "class", value = "NAME", type = "text", doc = "of this class: light, sensor, socket" },
  { name = "capability", value = "ID", type = "text", doc = "with this capability: onoff, dim" },
  { name = "where", value = "TEXT", type = "text",
    doc = "with such a value: 'dim > 0.5', 'onoff = true'" },
}

local function command(name, about, options)
  return { name = name, takes = "[NAME]", most = 1, text = about,
    options = facts.with(options or {}),
    more = "NAME is a name, or a part of one with * for the rest: '*lamp*'." }
end

local commands = {
  devices = command("devices", "List the devices with their state.", device_options),
  zones = command("zones", "List the zones."),
  flows = command("flows", "List the flows."),
  variables = command("variables", "List the variables with their values."),
  users = command("users", "List the users: who is at home, who is asleep."),
  moods = command("moods", "List the moods."),
  apps = command("apps", "List the apps with their versions and states."),
  cards = command("cards", "List the flow cards, by words in their titles or ids."),
}

-- ---- --where ------------------------------------------------------------------------------------

local comparisons = {
  ["="] = function(a, b) return a == b end,
  ["!="] = function(a, b) return a ~= b end,
  [">"] = function(a, b) return a > b end,
  ["<"] = function(a, b) return a < b end,
  [">="] = function(a, b) return a >= b end,
  ["<="] = function(a, b) return a <= b end,
}
local of_order = { [">"] = true, ["<"] = true, [">="] = true, ["<="] = true }

local function value_of(word, is_like)
  if type(is_like) == "boolean" then return words.flag(word) end
  if type(is_like) == "number" then return number_text.read(word) end
  return word
end

-- The test of a text such as "dim > 0.5"; its capability.
local function where(condition)
  local id, sign, word = condition:match "^%s*([%w_.]+)%s*([=!<>]=?)%s*(.-)%s*$"
  local compare = comparisons[sign == "==" and "=" or sign]
  if not compare or word == "" then
    invalid("--where takes a capability, one of = != < > <= >= and a value, as in 'dim > 0.5', "
      .. "not '%s'.", condition)
  end
  return function(device)
    local now = device.capabilities[id].value
    local wanted = value_of(word, now)
    local is_comparable = now ~= nil and wanted ~= nil
    if of_order[sign] then is_comparable = is_comparable and type(now) == "number" end
    return is_comparable and compare(now, wanted)
  end, id
end

-- ---- the lists ----------------------------------------------------------------------------------

local lists = {}

local function style_of_state(fact)
  return not fact.available and "bad" or nil
end

function lists.devices(options)
  local wanted = { zone = options.zone, class = options.class, capability = options.capability }
  if options.where then
    local test, id = where(options.where)
    wanted.where = test
    wanted.capability = wanted.capability and { wanted.capability, id } or id
  end
  local list = {}
  for i, device in ipairs(homey.devices(wanted)) do
    local values = {}
    for id, known in pairs(device.capabilities) do
      if known.getable then values[id] = known.value == nil and core.null or known.value end
    end
    list[i] = {
      id = device.id, name = device.name, path = tostring(device), class = device.class,
      zone = device.zone and device.zone.name, available = device.available, values = values,
      state = state_text.of_device(device),
    }
  end
  return list, { { "DEVICE", "path" }, { "CLASS", "class" },
    { "STATE", "state", rest = true, style = style_of_state }, { "ID", "id", piped = true } }
end

-- A list of objects of a kind: the fields of each, and the columns.
local function plain(name, fields, columns)
  lists[name] = function()
    local list = {}
    for i, object in ipairs(homey[name]()) do
      local fact = { id = object.id, name = object.name, path = tostring(object) }
      for _, field in ipairs(fields) do fact[field] = object[field] end
      list[i] = fact
    end
    return list, columns
  end
end

plain("zones", {}, { { "ZONE", "path" }, { "ID", "id", piped = true } })
plain("flows", { "enabled", "advanced", "broken" },
  { { "FLOW", "path", rest = true }, { "ENABLED", "enabled" }, { "ADVANCED", "advanced" },
    { "BROKEN", "broken" }, { "ID", "id", piped = true } })
plain("variables", { "type", "value" },
  { { "VARIABLE", "path" }, { "TYPE", "type" }, { "VALUE", "value", rest = true },
    { "ID", "id", piped = true } })
plain("users", { "role", "present", "asleep" },
  { { "USER", "path" }, { "ROLE", "role" }, { "PRESENT", "present" }, { "ASLEEP", "asleep" },
    { "ID", "id", piped = true } })
plain("moods", {}, { { "MOOD", "path" }, { "ID", "id", piped = true } })
plain("apps", { "version", "state", "enabled" },
  { { "APP", "path", rest = true }, { "VERSION", "version" }, { "STATE", "state" },
    { "ID", "id", piped = true } })

function lists.cards(_, wanted)
  local list = {}
  for i, card in ipairs(homey.cards(wanted or {})) do
    list[i] = { id = card.id, type = card.type, name = card.title, path = card.title }
  end
  return list, { { "TYPE", "type" }, { "CARD", "path", rest = true }, { "ID", "id" } }
end

-- Those whose name or path fits a name; `*` stands for any text.
local function named(list, name)
  if not name then return list end
  local pattern, found = filter.pattern(name), {}
  for _, fact in ipairs(list) do
    if text.seen(fact.name or ""):find(pattern) or text.seen(fact.path):find(pattern) then
      found[#found + 1] = fact
    end
  end
  return found
end

local run = {}
for name in pairs(commands) do
  run[name] = function(options, rest)
    local all, columns = lists[name](options, rest[1])
    facts.print(name == "cards" and all or named(all, rest[1]), columns, options)
  end
end

return { main = at_home.main(commands, run), commands = commands }
