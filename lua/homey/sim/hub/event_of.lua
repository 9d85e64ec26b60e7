--- What a hub tells those who have subscribed when its home changes: from a change of the model to the uri, the name and
--- the data of an event. Facts: the official client's event tables and recorded frames.
local core = require "homey.core"
local View = require "homey.sim.home.view"
local instant = require "homey.time.timestamp"

local told = {}

-- Kinds of the model: the manager that tells, the name of the item.
local kinds = {
  devices = { "devices", "device" }, zones = { "zones", "zone" }, flows = { "flow", "flow" },
  advancedflows = { "flow", "advancedflow" }, flowfolders = { "flow", "flowfolder" }, variables = { "logic", "variable" },
  users = { "users", "user" }, notifications = { "notifications", "notification" }, moods = { "moods", "mood" },
  alarms = { "alarms", "alarm" }, apps = { "apps", "app" }, images = { "images", "image" },
}

local function shape(context, kind, item)
  local version = context.settings.api_version
  if kind == "devices" then return assert(core.decode(context.view:device(item.id, version))) end
  if kind == "flows" or kind == "advancedflows" then return View.flow(item, version) end
  return item
end

local function of_item(context, event, item)
  local kind, verb = event:match("^(%a+)%.(%a+)$")
  local names = kinds[kind]
  if not names then return {} end
  local data = verb == "delete" and { id = item.id } or shape(context, kind, item)
  local list = { { "homey:manager:" .. names[1], names[2] .. "." .. verb, data } }
  if verb ~= "create" then list[2] = { ("homey:%s:%s"):format(names[2], item.id), verb, data } end
  return list
end

--- The events of one change.
---@param context {settings: table, view: homey.sim.View, state: {now: fun(): number}}
---@param event string  as Model:listen tells it
---@param item table
---@param capability? string
---@param value? any
---@param transaction? string
---@return {[1]: string, [2]: string, [3]: any}[]  uri, event, data
function told.by(context, event, item, capability, value, transaction)
  if event ~= "capability" then return event == "flow" and {} or of_item(context, event, item) end
  local known = item.capabilitiesObj[capability]
  return { { "homey:device:" .. item.id, "capability", {
    capabilityId = capability, value = value, transactionId = transaction or "sim:" .. context.state:uuid(),
    -- the moment that a reading tells, too
    transactionTime = known.getable ~= false and instant.ms(known.lastUpdated) or math.floor(context.state.now() * 1000),
  } } }
end

return told
