--- Events of a change in the home: from a change of the model to uri, name and data of each event.
--- Sources: the event tables of the official client, and recorded frames.
local core = require "homey.core"
local View = require "homey.sim.home.view"
local timestamp = require "homey.time.timestamp"

-- By kind of the model: the manager of the event, the name of the item.
local kinds = {
  devices = { "devices", "device" }, zones = { "zones", "zone" }, flows = { "flow", "flow" },
  advancedflows = { "flow", "advancedflow" }, flowfolders = { "flow", "flowfolder" },
  variables = { "logic", "variable" }, users = { "users", "user" },
  notifications = { "notifications", "notification" }, moods = { "moods", "mood" },
  alarms = { "alarms", "alarm" }, apps = { "apps", "app" }, images = { "images", "image" },
  flowcardactions = { "flow", "flowcardaction" },
  flowcardconditions = { "flow", "flowcardcondition" },
  flowcardtriggers = { "flow", "flowcardtrigger" },
  logs = { "insights", "log" }, flowtokens = { "flowtoken", "flowtoken" },
  dashboards = { "dashboards", "dashboard" }, widgetstores = { "dashboards", "widgetstore" },
  pairsessions = { "drivers", "pairsession" }, matternodes = { "matter", "matternode" },
  sessions = { "sessions", "session" }, voices = { "speech-output", "voice" },
}

local function data_of(context, kind, item)
  local version = context.settings.api_version
  if kind == "devices" then return assert(core.decode(context.view:device(item.id, version))) end
  return View.item(kind, item, version)
end

local function item_events(context, event, item)
  local kind, verb = event:match("^(%a+)%.(%a+)$")
  local names = kinds[kind]
  if not names then return {} end
  local data = verb == "delete" and { id = item.id } or data_of(context, kind, item)
  local list = { { "homey:manager:" .. names[1], names[2] .. "." .. verb, data } }
  if verb ~= "create" then list[2] = { ("homey:%s:%s"):format(names[2], item.id), verb, data } end
  return list
end

--- The events of one change.
---@param context {settings: table, view: homey.sim.View, state: {now: fun(): number}}
---@param event string  as a listener of the model gets it
---@param item table|string  the uri of an event that is no change of an item
---@param capability? string  or the name of that event
---@param value? any  or its data
---@param transaction? string
---@return {[1]: string, [2]: string, [3]: any}[]  uri, event, data
return function(context, event, item, capability, value, transaction)
  if event == "publish" then return { { item, capability, value } } end
  if event ~= "capability" then
    return event == "flow" and {} or item_events(context, event, item)
  end
  local known = item.capabilitiesObj[capability]
  return { { "homey:device:" .. item.id, "capability", {
    capabilityId = capability, value = value,
    transactionId = transaction or "sim:" .. context.state:uuid(),
    -- the same moment as `lastUpdated` in a later reading
    transactionTime = known.getable ~= false and timestamp.ms(known.lastUpdated)
      or math.floor(context.state.now() * 1000),
  } } }
end
