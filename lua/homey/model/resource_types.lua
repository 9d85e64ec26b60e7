-- Resource types: one row for each kind of resource of a hub. The registry, the directory, the
-- cache, triggers, waits and the classes in resource/ read the rows. These are zones and devices,
-- which are all that most programs need. The others are in other_resource_types.lua: they are
-- loaded by the first that looks for another kind, or for all: resource_types().

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
      "known",
      ["*"] = {
        id = "id", type = "type", value = "value", lastUpdated = "updated", title = "title",
        min = "min", max = "max", step = "step", decimals = "decimals", units = "units",
        values = "values", setable = "settable", getable = "getable",
      },
    },
  },
  learn = function(device, raw, how)
    if how.asked then return device:learn(raw, how.now, how.asked, how.newer, how.report) end
    device:learn_record(raw, how.report)
  end,
}

-- Adds the other rows.
local function complete(types)
  local others = require "homey.model.other_resource_types" -- when this fails, it is tried again
  setmetatable(types, { __call = function() return types end })
  for kind, row in pairs(others) do types[kind] = row end
  return types
end

return setmetatable(resource_types, {
  __index = function(types, kind) return complete(types)[kind] end,
  __call = complete,
})
