-- Names of events that homey.on takes, such as "device.create", "connect" and
-- "updates:install_start", and the meaning of each.

local invalid = require "homey.util.invalid"
local suggest = require "homey.util.suggest"
local resource_types = require "homey.model.resource_types"
local format = require "homey.util.format"

-- The manager of each item in names such as "mood.create". Other names are "manager:event".
local managers = {
  app = "apps", image = "images", flowcardtrigger = "flow", flowcardcondition = "flow",
  flowcardaction = "flow",
  log = "insights", driver = "drivers", pairsession = "drivers",
  notification = "notifications", alarm = "alarms", session = "sessions",
  dashboard = "dashboards",
  weather = "weather", location = "geolocation",
}

local kinds = {} -- item -> kind, for the items that the cache has
for kind, row in pairs(resource_types()) do
  for _, item in ipairs(row.items) do kinds[item.name], managers[item.name] = kind, row.manager end
end

local of_connection = { connect = true, disconnect = true, stale = true }
local verbs = { create = true, update = true, delete = true }

---@class homey.EventName    the meaning of a name
---@field name string
---@field kind? string       kind of the resource, when the cache has it
---@field listens_to? string  the name of the event in the cache
---@field manager? string    other events: the manager to subscribe to
---@field uri? string        events of an app: what to subscribe to
---@field event? string      other events: the manager's name of the event
---@field only? string       the only item of the kind that counts: "advancedflow"
---@field unknown? boolean   the item is known, but not this event of it

local event_names = {}

--- All known names, for suggestions.
---@return string[]
function event_names.all()
  local names = suggest.keys(of_connection)
  names[#names + 1], names[#names + 2] = "device.capability", "error"
  for each in pairs(managers) do
    for verb in pairs(verbs) do names[#names + 1] = each .. "." .. verb end
    local row = resource_types[each]
    for key in pairs(row and row.values or {}) do names[#names + 1] = each .. "." .. key end
  end
  return names
end

-- Reports whether the cache has an event of this name for a kind.
local function is_of_cache(kind, verb, name)
  local row = resource_types[kind]
  return verbs[verb] or row.values and row.values[verb] or name == row.value_event
end

--- The meaning of an event's name. Raises an error when there is no such event.
---@param name any
---@return homey.EventName
function event_names.parse(name)
  if type(name) ~= "string" or name == "" then
    invalid("homey.on takes the name of an event such as 'device.create', not %s.", format(name))
  end
  if of_connection[name] then return { name = name, listens_to = name } end
  local item, verb = name:match("^([%w%-]+)%.([%w_%-]+)$")
  local kind = kinds[item]
  if kind and is_of_cache(kind, verb, name) then
    return {
      name = name, kind = kind, listens_to = kind .. "." .. verb,
      only = item ~= kind and item or nil,
    }
  end
  local uri, of_app = name:match "^(app:[%w_%-]+%.[%w_%.%-]+):(.+)$"
  if uri then return { name = name, uri = "homey:" .. uri, event = of_app } end
  local manager, event = name:match("^([%w%-]+):([%w_%.%-]+)$")
  manager = manager or managers[name] or managers[item]
  if manager then
    local unknown = (kind or kinds[name]) ~= nil
    return { name = name, manager = manager, event = event or name, unknown = unknown }
  end
  return invalid(
    "there is no event %s%s Others are named by their manager, as in 'updates:install_start'.",
    format(name),
    suggest.hint(name, event_names.all()))
end

return event_names
