--- What a home must look like so that it can be shown: each member of what it seems to be, so that nothing stumbles over
--- it later. The first thing that is otherwise is named by its place.
local core = require "homey.core"
local invalid = require "homey.util.invalid"
local suggest = require "homey.util.suggest"
local show = require "homey.util.format"

local null = core.null
local shape = {}

local function wrong(place, wanted, value)
  local is = value == null and "null" or getmetatable(value) == core.array and "a list" or show(value)
  return invalid("the home: %s is %s, not %s.", place, wanted, is)
end

local function is_object(value) return type(value) == "table" and getmetatable(value) ~= core.array end

local kinds = {
  text = { "text", function(value) return type(value) == "string" end },
  number = { "a number", function(value) return type(value) == "number" end },
  flag = { "true or false", function(value) return type(value) == "boolean" end },
  object = { "an object", is_object },
  list = { "a list", function(value)
    return type(value) == "table" and (getmetatable(value) == core.array or next(value) == nil or value[1] ~= nil)
  end },
}

--- Members of an object: name to kind; a "?" behind it says that it may be missing, and null means that it is.
local members = {
  homey = { id = "text?", _id = "text?", name = "text", apiVersion = "number?", softwareVersion = "text?" },
  user = { id = "text", firstname = "text", lastname = "text" },
  zone = { id = "text", name = "text" },
  device = {
    id = "text", name = "text", capabilities = "list", capabilitiesObj = "object", settings = "object?",
    available = "flag?", driverId = "text?",
  },
  capability = { id = "text", type = "text", values = "list?" },
  choice = { id = "text" },
  flow = { id = "text", name = "text", conditions = "list?", actions = "list?" },
  variable = { id = "text", name = "text", type = "text" },
  item = { id = "text" },
  log = {},
}

local function check_members(place, object, wanted)
  if not is_object(object) then wrong(place, "an object", object) end
  for _, name in ipairs(suggest.keys(wanted)) do
    local kind, optional = wanted[name]:match("^(%a+)(%??)$")
    if object[name] == null and optional == "?" then object[name] = nil end
    local value = object[name]
    if value == nil and optional == "" then invalid("the home: %s has no `%s`.", place, name) end
    if value ~= nil and not kinds[kind][2](value) then wrong(("`%s` of %s"):format(name, place), kinds[kind][1], value) end
  end
end

local function place_of(what, id) return ("the %s %s"):format(what, show(id)) end

-- An object of objects, each with its key as its id.
local function check_items(place, items, wanted, what, check)
  if not is_object(items) then wrong(place, "an object with ids as keys", items) end
  for _, id in ipairs(suggest.keys(items)) do
    local item, its = items[id], place_of(what, id)
    check_members(its, item, wanted)
    if item.id ~= id then wrong("`id` of " .. its, "the same as its key", item.id) end
    if check then check(its, item) end
  end
end

local function check_capability(place, capability)
  for i, choice in ipairs(capability.values or {}) do
    check_members(("number %d of `values` of %s"):format(i, place), choice, members.choice)
  end
end

local function check_device(place, device)
  check_items("`capabilitiesObj` of " .. place, device.capabilitiesObj, members.capability,
    ("device %s's capability"):format(show(device.id)), check_capability)
  for _, id in ipairs(device.capabilities) do
    if type(id) ~= "string" then wrong("a member of `capabilities` of " .. place, "text", id) end
    if not device.capabilitiesObj[id] then
      invalid("the home: %s has the capability %s, but not in `capabilitiesObj`.", place, show(id))
    end
  end
  device.settings = device.settings or {}
  if device.available == nil then device.available = true end
end

--- Kinds of the home: what one of them is called, which members it has, and what else is looked at.
local collections = {
  zones = { "zone", members.zone }, devices = { "device", members.device, check_device },
  flows = { "flow", members.flow }, advancedflows = { "advanced flow", members.flow },
  flowfolders = { "flow folder", members.item }, variables = { "variable", members.variable },
  users = { "user", members.item }, notifications = { "notification", members.item }, moods = { "mood", members.item },
  alarms = { "alarm", members.item }, apps = { "app", members.item }, images = { "image", members.item },
}

local function check_list(home, name)
  local list = home[name]
  if list == nil then return end
  if not kinds.list[2](list) then wrong(("`%s`"):format(name), "a list", list) end
  for i, item in ipairs(list) do check_members(("number %d of `%s`"):format(i, name), item, members.log) end
end

--- Look at a home; what may be missing and is gets what a hub would say.
---@param home any
---@return table home
function shape.check(home)
  if not is_object(home) then wrong("it", "an object with `homey`, `zones`, `devices`", home) end
  for name, value in pairs(home) do
    if value == null then home[name] = nil end
  end
  check_members("its `homey`", home.homey == nil and null or home.homey, members.homey)
  if not (home.homey.id or home.homey._id) then invalid("the home: its `homey` has no `id`.") end
  if home.user then check_members("its `user`", home.user, members.user) end
  for _, name in ipairs(suggest.keys(collections)) do
    local what, wanted, check = collections[name][1], collections[name][2], collections[name][3]
    home[name] = home[name] or {}
    check_items(("`%s`"):format(name), home[name], wanted, what, check)
  end
  check_list(home, "insights_logs")
  check_list(home, "flowtokens")
  if home.geolocation ~= nil and not is_object(home.geolocation) then
    wrong("`geolocation`", "an object", home.geolocation)
  end
  return home
end

return shape
