-- What a home is made of, as data: for each kind the lists of the hub that it stands in, the manager that tells of it,
-- what it is inside of, and which of its facts are values that handlers may wait for.

local lazy = require "homey.util.lazy"
local normalize = lazy "homey.model.normalize"

local resource_types = {}

---@class homey.ResourceType
---@field manager string        that tells of it
---@field scope string          of a login that may read it
---@field items homey.ResourceItem[]  as the hub's events and lists name it
---@field reads string[]        the kinds whose lists its names take, itself included
---@field above? {kind: string, key: string}  what it is inside of, and which of its facts is the id of that
---@field facts? fun(raw: table, before: table?, item: string, report: homey.Report?): table  its record; `before` where an event
---   may leave things out
---@field learn? fun(resource: any, raw: table, how: homey.Learning)  in place of facts, where there is more to it
---@field values? table<string, string|true>  facts that are values, and their type
---@field main? string          the value that is meant where none is named
---@field unsure? number        seconds between two readings while the hub has not shown that it tells of the values
---@field uri? string           before an id: where the hub tells of the values of one
---@field value_event? string   the name of the events of its values; else each has one, by the key of the value
---@field example? string       a name, for a sentence

---@class homey.ResourceItem
---@field name string           first part of its events' names
---@field path string           of its list
---@field ask string            the options of a reading of the list, by their name in normalize.lua
---@field one? string           the operation that reads one
---@field maybe? boolean        hubs are that know no such thing

---@class homey.Learning        where facts come from
---@field item string           the name of the hub's item
---@field asked? number         when a reading was asked for, by the scheduler's clock; nil: the hub told by itself
---@field now number
---@field report? homey.Report  is told of what is odd
---@field newer? boolean        what the hub has told by itself is newer than this reading

resource_types.zone = {
  scope = "homey.zone.readonly", manager = "zones", reads = { "zone" }, example = "Kitchen",
  items = { { name = "zone", path = "/api/manager/zones/zone", ask = "all_zones" } },
  above = { kind = "zone", key = "parent" },
  facts = function(raw, before, _, report) return normalize.zone(raw, before, report) end,
}

resource_types.device = {
  scope = "homey.device.readonly", manager = "devices", reads = { "zone", "device" },
  example = "Kitchen/Lamp",
  items = { { name = "device", path = "/api/manager/devices/device", ask = "all_devices" } },
  above = { kind = "zone", key = "zone" }, uri = "homey:device:", value_event = "device.capability",
  learn = function(device, raw, how)
    if how.asked then return device:learn(raw, how.now, how.asked, how.newer, how.report) end
    device:learn_record(raw, how.report)
  end,
}

resource_types.flowfolder = {
  scope = "homey.flow.readonly", manager = "flow", reads = { "flowfolder" },
  items = { { name = "flowfolder", path = "/api/manager/flow/flowfolder", ask = "all_folders" } },
  above = { kind = "flowfolder", key = "parent" },
  facts = function(raw, before, _, report) return normalize.folder(raw, before, report) end,
}

resource_types.flow = {
  scope = "homey.flow.readonly", manager = "flow", reads = { "flowfolder", "flow" }, example = "Good night",
  items = {
    { name = "flow", path = "/api/manager/flow/flow", ask = "all_flows" },
    { name = "advancedflow", path = "/api/manager/flow/advancedflow", ask = "all_advanced_flows", maybe = true },
  },
  above = { kind = "flowfolder", key = "folder" },
  facts = function(raw, before, item, report) return normalize.flow(raw, before, item, report) end,
  values = { enabled = "boolean" },
}

resource_types.variable = {
  scope = "homey.logic.readonly", manager = "logic", reads = { "variable" }, example = "Guests",
  items = { { name = "variable", path = "/api/manager/logic/variable", ask = "all_variables", one = "getVariable" } },
  facts = function(raw, before, _, report) return normalize.variable(raw, before, report) end,
  values = { value = true }, main = "value", -- of the type that its record tells
}

resource_types.user = {
  scope = "homey.user.readonly", manager = "users", reads = { "user" }, example = "Anna",
  items = { { name = "user", path = "/api/manager/users/user", ask = "all_users", one = "getUser" } },
  facts = function(raw, before, _, report) return normalize.user(raw, before, report) end,
  values = { present = "boolean", asleep = "boolean" }, unsure = 60,
}

return resource_types
