-- Resource types: one row for each kind of resource of a hub. The registry, the directory, the
-- cache, triggers, waits and the classes in resource/ read the rows. A new kind needs a row here
-- and a class in resource/, in a file named after the kind.

local lazy = require "homey.util.lazy"

local repetition = lazy "homey.model.repetition"
local timestamp = lazy "homey.time.timestamp"

local resource_types = {}

---@class homey.ResourceType
---@field manager string        the manager of the hub that sends its events
---@field scope string          the scope that a login needs to read it
---@field items homey.ResourceItem[]  the hub's items of this kind
---@field reads string[]        kinds whose lists a search by name needs; the kind itself is last
---@field above? {kind: string, key: string, word: string}  its container: the kind, the fact
---       with its id, and a word for it
---@field facts homey.Fact[]
---@field more_fields? table    further fields to request from the hub
---@field complete? fun(record: table, before: table?, item: string?, report: homey.Report)
---@field learn? fun(resource: any, raw: table, how: homey.Learning)  accepts the facts
---@field values? table<string, string|true>  type of each fact to wait for; true: in the record
---@field main? string          the value that is used when the caller names none
---@field value_event? string   one name for the events of all values that are not in `values`
---@field unsure? number        seconds between reads until the hub has sent a value event
---@field uri? string           prefix of the uri to which the hub sends the values; the id follows
---@field class string         the class of its objects
---@field partial? boolean  some hubs do not have it, by the table of operations
---@field plural? string        makes home:zone(ref) and home:zones(); nil: no such methods
---@field singular? string      the first of the two; default: the kind
---@field normalize? fun(raw: table)  brings an item of version 2 into the form of version 3
---@field path? fun(record: table): string[]  names around it, for a kind without containers
---@field example? string       a name, for messages; nil for kinds that people do not name

---@class homey.Fact            {name, field of the hub, check[, "now"]}; "now": it often changes

---@class homey.ResourceItem
---@field name string           first part of its events' names
---@field path string           path of its list
---@field all string            operation that reads the list
---@field one? string           operation that reads one item
---@field maybe? boolean        some hubs do not have this item

---@class homey.Learning        the source of new facts
---@field item string           the hub's name of the item
---@field asked? number         monotonic time of the request; nil: the hub sent an event
---@field now number
---@field report? homey.Report  called with invalid data
---@field newer? boolean        an event since the request is newer than this reading

-- Seconds since 1970 of a time of the hub; a number was computed before.
local function seconds(value)
  if type(value) == "number" then return value end
  local ms = timestamp.ms(value)
  return ms and ms / 1000
end

resource_types.zone = {
  class = "homey.Zone", plural = "zones",
  scope = "homey.zone.readonly", manager = "zones", reads = { "zone" }, example = "Kitchen",
  items = { { name = "zone", path = "/api/manager/zones/zone", all = "getZones" } },
  above = { kind = "zone", key = "parent", word = "Parent" },
  facts = {
    { "name", "name", "text" }, { "parent", "parent", "text" }, { "icon", "icon", "text" },
    { "active", "active", "flag", "now" },
  },
  values = { active = "boolean" },
}

resource_types.device = {
  class = "homey.Device",
  scope = "homey.device.readonly", manager = "devices", reads = { "zone", "device" },
  example = "Kitchen/Lamp",
  items = {
    {
      name = "device", path = "/api/manager/devices/device", all = "getDevices", one = "getDevice",
    },
  },
  above = { kind = "zone", key = "zone", word = "Zone" },
  uri = "homey:device:", value_event = "device.capability",
  facts = {
    { "name", "name", "text" }, { "zone", "zone", "text" }, { "class", "class", "text" },
    { "virtual_class", "virtualClass", "text" }, { "note", "note", "text" },
    { "available", "available", "flag" },
    { "unavailable_message", "unavailableMessage", "title" },
    { "warning_message", "warningMessage", "title" },
    { "ready", "ready", "flag" }, { "driver_uri", "driverUri", "text" },
    { "driver_id", "driverId", "text" },
    { "owner_uri", "ownerUri", "text" },
  },
  values = { available = "boolean" },
  more_fields = {
    capabilities = true,
    capabilitiesObj = {
      ["*"] = {
        type = true, value = true, lastUpdated = true, title = true, min = true, max = true,
        step = true,
        decimals = true, units = true, values = true, setable = true, getable = true,
      },
    },
  },
  learn = function(device, raw, how)
    if how.asked then return device:learn(raw, how.now, how.asked, how.newer, how.report) end
    device:learn_record(raw, how.report)
  end,
}

resource_types.flowfolder = {
  class = "homey.Folder", plural = "folders", singular = "folder", example = "Evening",
  scope = "homey.flow.readonly", manager = "flow", reads = { "flowfolder" },
  items =
    { { name = "flowfolder", path = "/api/manager/flow/flowfolder", all = "getFlowFolders" } },
  above = { kind = "flowfolder", key = "parent", word = "Parent" },
  facts = { { "name", "name", "text" }, { "parent", "parent", "text" } },
}

resource_types.flow = {
  class = "homey.Flow", plural = "flows",
  scope = "homey.flow.readonly", manager = "flow", reads = { "flowfolder", "flow" },
  example = "Good night",
  items = {
    { name = "flow", path = "/api/manager/flow/flow", all = "getFlows" },
    {
      name = "advancedflow", path = "/api/manager/flow/advancedflow", all = "getAdvancedFlows",
      maybe = true,
    },
  },
  above = { kind = "flowfolder", key = "folder", word = "Folder" },
  facts = {
    { "name", "name", "text" }, { "enabled", "enabled", "flag", "now" },
    { "folder", "folder", "text" },
    { "triggerable", "triggerable", "flag", "now" }, { "broken", "broken", "flag", "now" },
  },
  complete = function(record, _, item)
    record.enabled, record.triggerable = record.enabled ~= false, record.triggerable ~= false
    record.advanced = item == "advancedflow"
  end,
  values = { enabled = "boolean" },
}

resource_types.variable = {
  class = "homey.Variable", plural = "variables",
  scope = "homey.logic.readonly", manager = "logic", reads = { "variable" }, example = "Guests",
  items = {
    {
      name = "variable", path = "/api/manager/logic/variable", all = "getVariables",
      one = "getVariable",
    },
  },
  facts = {
    { "name", "name", "text" }, { "type", "type", "kind" }, { "value", "value", "value", "now" },
  },
  complete = function(record, before, _, report)
    local value = record.value
    record.type = record.type or type(value)
    if value == nil or type(value) == record.type then return end
    report("variable", "value", value)
    record.value = nil
    if before and before.type == record.type then record.value = before.value end
  end,
  values = { value = true }, main = "value",
}

resource_types.user = {
  class = "homey.User", plural = "users",
  scope = "homey.user.readonly", manager = "users", reads = { "user" }, example = "Anna",
  items =
    { { name = "user", path = "/api/manager/users/user", all = "getUsers", one = "getUser" } },
  facts = {
    { "name", "name", "text" }, { "role", "role", "text" }, { "present", "present", "flag", "now" },
    { "asleep", "asleep", "flag", "now" },
  },
  values = { present = "boolean", asleep = "boolean" }, unsure = 60,
}

resource_types.mood = {
  class = "homey.Mood", plural = "moods",
  scope = "homey.mood.readonly", manager = "moods", reads = { "zone", "mood" }, example = "Movie",
  items = {
    {
      name = "mood", path = "/api/manager/moods/mood", all = "getMoods", one = "getMood",
      maybe = true,
    },
  },
  above = { kind = "zone", key = "zone", word = "Zone" },
  facts = {
    { "name", "name", "text" }, { "zone", "zone", "text" }, { "preset", "preset", "text" },
    { "devices", "devices", "table" },
  },
}

resource_types.flowtoken = {
  class = "homey.Token", plural = "tokens", singular = "token",
  scope = "homey.flow.readonly", manager = "flowtoken", reads = { "flowtoken" },
  example = "Logic/Guests",
  items = {
    {
      name = "flowtoken", path = "/api/manager/flowtoken/flowtoken", all = "getFlowTokens",
    },
  },
  facts = {
    { "name", "title", "title" }, { "uri", "ownerUri", "text" }, { "owner", "ownerName", "title" },
    { "type", "type", "text" },
  },
  more_fields = { uri = true, uriObj = { name = true } },
  normalize = function(raw)
    local uri = raw.uri
    if type(uri) == "string" and type(raw.id) == "string" then
      if raw.id:sub(1, #uri + 1) ~= uri .. ":" then raw.id = uri .. ":" .. raw.id end
      raw.ownerUri = raw.ownerUri or uri
    end
    if type(raw.uriObj) == "table" then raw.ownerName = raw.ownerName or raw.uriObj.name end
  end,
  path = function(record) return { record.owner } end,
}

resource_types.notification = {
  class = "homey.Notification", plural = "notifications",
  scope = "homey.notifications.readonly", manager = "notifications", reads = { "notification" },
  example = "Welcome",
  items = {
    {
      name = "notification", path = "/api/manager/notifications/notification",
      all = "getNotifications",
    },
  },
  facts = {
    { "name", "excerpt", "text" }, { "at", "dateCreated", "text" },
    { "owner_uri", "ownerUri", "text" },
  },
  complete = function(record) record.at = seconds(record.at) end,
}

resource_types.alarm = {
  class = "homey.Alarm", plural = "alarms", partial = true,
  scope = "homey.alarm.readonly", manager = "alarms", reads = { "alarm" }, example = "Work",
  items =
    { { name = "alarm", path = "/api/manager/alarms/alarm", all = "getAlarms", one = "getAlarm" } },
  facts = {
    { "name", "name", "text" }, { "time", "time", "text" },
    { "enabled", "enabled", "flag", "now" }, { "days", "repetition", "table" },
  },
  complete = function(record)
    record.enabled = record.enabled ~= false
    if type(record.days) ~= "string" then record.days = repetition.text(record.days) end
  end,
  values = { enabled = "boolean" },
}

resource_types.app = {
  class = "homey.App", plural = "apps",
  scope = "homey.app.readonly", manager = "apps", reads = { "app" }, example = "HomeyScript",
  items = { { name = "app", path = "/api/manager/apps/app", all = "getApps", one = "getApp" } },
  facts = {
    { "name", "name", "title" }, { "version", "version", "text" },
    { "state", "state", "text", "now" },
    { "enabled", "enabled", "flag", "now" }, { "crashed", "crashed", "flag", "now" },
    { "crash_message", "crashedMessage", "text", "now" }, { "origin", "origin", "text" },
    { "channel", "channel", "text" },
  },
  complete = function(record)
    record.enabled = record.enabled ~= false
    record.crashed = record.crashed == true
    if record.crashed then record.state = "crashed" end
  end,
  values = { state = "string", enabled = "boolean" },
}

resource_types.image = {
  class = "homey.Image", plural = "images",
  scope = "homey", manager = "images", reads = { "image" },
  example = "0d5f8b91-c4e6-47a2-b1d3-9e70a6f25c85",
  items = { { name = "image", path = "/api/manager/images/image", all = "getImages" } },
  facts = {
    { "owner_uri", "ownerUri", "text" }, { "url", "url", "text", "now" },
    { "updated", "lastUpdated", "text", "now" },
  },
  complete = function(record) record.updated = seconds(record.updated) end,
}

resource_types.dashboard = {
  class = "homey.Dashboard", plural = "dashboards", partial = true,
  scope = "homey.dashboard.readonly", manager = "dashboards", reads = { "dashboard" },
  example = "Tablet",
  items = {
    {
      name = "dashboard", path = "/api/manager/dashboards/dashboard", all = "getDashboards",
      one = "getDashboard",
    },
  },
  facts = { { "name", "name", "text" } },
}

return resource_types
