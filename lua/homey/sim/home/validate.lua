--- Validates the data of a home: the members of each item and their types.
---
--- The message names the place of the first mistake.
local core = require "homey.core"
local invalid = require "homey.util.invalid"
local suggest = require "homey.util.suggest"
local format = require "homey.util.format"

local null = core.null

local function wrong(place, wanted, value)
  local text = value == null and "null" or getmetatable(value) == core.array and "a list"
    or format(value)
  return invalid("the home: %s must be %s, not %s.", place, wanted, text)
end

local function is_object(value)
  return type(value) == "table" and getmetatable(value) ~= core.array
end

local kinds = {
  text = { "text", function(value) return type(value) == "string" end },
  number = { "a number", function(value) return type(value) == "number" end },
  flag = { "true or false", function(value) return type(value) == "boolean" end },
  object = { "an object", is_object },
  list = { "a list", function(value)
    return type(value) == "table"
      and (getmetatable(value) == core.array or next(value) == nil or value[1] ~= nil)
  end },
}

-- Members of objects: name and type. With a "?" a member is optional, and null means missing.
local members = {
  homey = {
    id = "text?", _id = "text?", name = "text", apiVersion = "number?", softwareVersion = "text?",
  },
  user = { id = "text", firstname = "text", lastname = "text" },
  zone = { id = "text", name = "text" },
  device = {
    id = "text", name = "text", capabilities = "list", capabilitiesObj = "object",
    settings = "object?",
    available = "flag?", driverId = "text?",
  },
  capability = { id = "text", type = "text", values = "list?" },
  choice = { id = "text" },
  flow = { id = "text", name = "text", conditions = "list?", actions = "list?" },
  variable = { id = "text", name = "text", type = "text" },
  item = { id = "text" },
  card = { id = "text", args = "list?" },
  log = {},
}

local function check_members(place, object, wanted)
  if not is_object(object) then wrong(place, "an object", object) end
  for _, name in ipairs(suggest.keys(wanted)) do
    local kind, optional = wanted[name]:match("^(%a+)(%??)$")
    if object[name] == null and optional == "?" then object[name] = nil end
    local value = object[name]
    if value == nil and optional == "" then invalid("the home: %s has no `%s`.", place, name) end
    if value ~= nil and not kinds[kind][2](value) then
      wrong(("`%s` of %s"):format(name, place), kinds[kind][1], value)
    end
  end
end

-- An object of objects, each with its key as its id. `label` is a format for the key.
local function check_items(place, items, wanted, label, check)
  if not is_object(items) then wrong(place, "an object with ids as keys", items) end
  for _, id in ipairs(suggest.keys(items)) do
    local item, item_place = items[id], label:format(format(id))
    check_members(item_place, item, wanted)
    if item.id ~= id then wrong("`id` of " .. item_place, "the same as its key", item.id) end
    if check then check(item_place, item) end
  end
end

local function check_capability(place, capability)
  for i, choice in ipairs(capability.values or {}) do
    check_members(("number %d of `values` of %s"):format(i, place), choice, members.choice)
  end
end

local function check_device(place, device)
  local label = "the capability %s of " .. place:gsub("%%", "%%%%")
  check_items("`capabilitiesObj` of " .. place, device.capabilitiesObj, members.capability, label,
    check_capability)
  for _, id in ipairs(device.capabilities) do
    if type(id) ~= "string" then wrong("a member of `capabilities` of " .. place, "text", id) end
    if not device.capabilitiesObj[id] then
      invalid("the home: the capability %s of %s is missing in `capabilitiesObj`.",
        format(id), place)
    end
  end
  device.settings = device.settings or {}
  if device.available == nil then device.available = true end
end

-- Lists of the home: label of an item, its members, a further check.
local collections = {
  zones = { "zone", members.zone }, devices = { "device", members.device, check_device },
  flows = { "flow", members.flow }, advancedflows = { "advanced flow", members.flow },
  flowfolders = { "flow folder", members.item }, variables = { "variable", members.variable },
  users = { "user", members.item }, notifications = { "notification", members.item },
  moods = { "mood", members.item }, alarms = { "alarm", members.item },
  apps = { "app", members.item }, images = { "image", members.item },
  drivers = { "driver", members.item }, dashboards = { "dashboard", members.item },
  appwidgets = { "widget", members.item }, widgetstores = { "widget store", members.item },
  matternodes = { "Matter node", members.item }, voices = { "voice", members.item },
  pairsessions = { "pair session", members.item },
  flowcardactions = { "flow card", members.card },
  flowcardconditions = { "flow card", members.card },
  flowcardtriggers = { "flow card", members.card },
}

local function check_list(home, name)
  local list = home[name]
  if list == nil then return end
  if not kinds.list[2](list) then wrong(("`%s`"):format(name), "a list", list) end
  for i, item in ipairs(list) do
    check_members(("number %d of `%s`"):format(i, name), item, members.log)
  end
end

--- Check the data of a home, and add optional members with their defaults. Raises at a mistake.
---@param home any
---@return table home
return function(home)
  if not is_object(home) then wrong("it", "an object with `homey`, `zones`, `devices`", home) end
  for name, value in pairs(home) do
    if value == null then home[name] = nil end
  end
  check_members("`homey`", home.homey == nil and null or home.homey, members.homey)
  if not (home.homey.id or home.homey._id) then invalid("the home: `homey` has no `id`.") end
  if home.user then check_members("`user`", home.user, members.user) end
  for _, name in ipairs(suggest.keys(collections)) do
    local label, wanted, check = collections[name][1], collections[name][2], collections[name][3]
    home[name] = home[name] or {}
    check_items(("`%s`"):format(name), home[name], wanted, "the " .. label .. " %s", check)
  end
  check_list(home, "insights_logs")
  check_list(home, "flowtokens")
  if home.geolocation ~= nil and not is_object(home.geolocation) then
    wrong("`geolocation`", "an object", home.geolocation)
  end
  return home
end
