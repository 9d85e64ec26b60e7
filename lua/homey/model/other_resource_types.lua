-- Resource types other than zones and devices; resource_types.lua describes and adds them.
-- A new kind needs a row here and a class in resource/, in a file named after the kind.

local lazy = require "homey.util.lazy"

local repetition = lazy "homey.model.repetition"
local timestamp = lazy "homey.time.timestamp"

---@type table<string, homey.ResourceType>
local resource_types = {}

-- Seconds since 1970 of a time of the hub; a number was computed before.
local function seconds(value)
  if type(value) == "number" then return value end
  local ms = timestamp.ms(value)
  return ms and ms / 1000
end

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
