--- Arguments for the public operations of a hub, as Sunny House takes them.
local core = require "homey.core"

local function array(list) return setmetatable(list, core.array) end

local lamp = "ff469433-66b3-458d-ad73-14530d8f9b39"
local other_lamp = "2a9e7c14-b0d5-4f83-9c61-e7f40a5b8d20"
local thermostat = "homey:device:d04f9b27-5e8c-4a13-b6d0-82c7f1e3a928"
local guests = "5e20b8f6-7d4a-4c93-8f1b-a6d9c3e07b45"
local kitchen = "a4c2e810-5d3b-47f6-b09a-3e8f1c6d7212"
local otto = "d16b7e90-f5c3-48a4-b2d9-83c0e5a7f649"
local vera = "4fa1d8c6-0e92-4b37-a5c0-d7e6b3f92848"
local script = "com.athom.homeyscript"
local notify, present = "homey:manager:notifications", "homey:manager:presence"
local manual = "homey:manager:flow:programmatic_trigger"

local operation_arguments = {
  --- A group of two devices.
  group = {
    name = "Lamps", class = "light", zoneId = kitchen, deviceIds = array { lamp, other_lamp },
  },
}

-- A value for version 2 and one for version 3.
local function by_version(v2, v3) return { v2 = v2, v3 = v3, is_choice = true } end

local function card(uri, id) return by_version(id, uri .. ":" .. id) end

local flow = {
  name = "Made", trigger = { id = manual, args = {} }, conditions = array {}, actions = array {},
}

-- By "operation parameter", "manager parameter", or the parameter alone; the first that is there.
local samples = {
  ["runFlowCardAction uri"] = notify, ["runFlowCardAction id"] = card(notify,
    "create_notification"),
  ["runFlowCardAction args"] = { text = "Hello" },
  ["getFlowCardAction uri"] = notify, ["getFlowCardAction id"] = card(notify,
    "create_notification"),
  ["runFlowCardCondition uri"] = present, ["runFlowCardCondition id"] = card(present,
    "someone_present"),
  ["getFlowCardCondition uri"] = present, ["getFlowCardCondition id"] = card(present,
    "someone_present"),
  ["getFlowCardTrigger uri"] = "homey:manager:flow",
  ["getFlowCardTrigger id"] = card("homey:manager:flow", "programmatic_trigger"),
  ["getFlowCardAutocomplete type"] = "flowcardaction",
  ["getFlowCardAutocomplete uri"] = "homey:manager:mobile",
  ["getFlowCardAutocomplete id"] = card("homey:manager:mobile", "push_text"),
  ["getFlowCardAutocomplete name"] = "user", ["getFlowCardAutocomplete query"] = "V",
  ["createAdvancedFlow advancedflow"] = { name = "Made", cards = {} },
  ["updateAdvancedFlow advancedflow"] = { name = "Changed" },
  ["testFlow flow"] = { trigger = { id = manual }, conditions = array {}, actions = array {} },
  ["createFlow flow"] = flow, ["updateFlow flow"] = { name = "Changed" },
  ["triggerFlow id"] = "21c8f0a5-e6b4-4d79-83a2-b9f7d50e1c40",
  ["shareFlow id"] = "21c8f0a5-e6b4-4d79-83a2-b9f7d50e1c40",
  ["triggerAdvancedFlow id"] = "1f6d3c80-e5b9-4278-9a4f-c7e1b0d82552",
  ["getFlowToken uri"] = "homey:manager:logic",
  ["getFlowToken id"] = card("homey:manager:logic", guests),
  ["getFlowTokenValue id"] = "homey:manager:logic:" .. guests,
  ["insights uri"] = thermostat, ["insights id"] = card(thermostat, "measure_temperature"),
  ["getLogEntries resolution"] = "lastHour", ["updateLog log"] = { title = "Warmth" },
  ["notifications uri"] = "homey:manager:flow",
  ["deleteNotifications ownerUri"] = notify,
  ["getDriver uri"] = "homey:app:com.example.lights",
  ["getDriver id"] = card("homey:app:com.example.lights", "bulb"),
  ["getCapability uri"] = "homey:manager:capabilities", ["getCapability id"] = "onoff",
  ["createPairSession pairsession"] = {
    type = "pair", driverId = "homey:app:com.example.lights:bulb",
  },
  ["createPairSessionDevice device"] = {
    name = "Spot", data = { id = "1" }, capabilities = array { "onoff" },
  },
  ["devices deviceId"] = lamp, ["devices id"] = lamp, ["devices capabilityId"] = "onoff",
  ["setCapabilityValue value"] = true, ["setCapabilityValue opts"] = { duration = 100 },
  ["setDeviceSettings settings"] = { speed = 2 },
  ["updateDevice device"] = { name = "Lantern" },
  ["createGroup group"] = operation_arguments.group,
  ["updateGroup group"] = { name = "All lamps" },
  ["createZone zone"] = { name = "Attic", icon = "default", parent = kitchen },
  ["updateZone zone"] = { name = "Larder" },
  ["createVariable variable"] = { name = "Made", type = "number", value = 1 },
  ["updateVariable variable"] = { name = "Changed" },
  ["createMood mood"] = { name = "Made", devices = {} }, ["updateMood mood"] = { name = "Changed" },
  ["createAlarm alarm"] = { name = "Made", time = "07:00" },
  ["updateAlarm alarm"] = { enabled = false },
  ["createDashboard dashboard"] = { name = "Made", columns = array {} },
  ["updateDashboard dashboard"] = { name = "Changed" },
  ["createFlowFolder flowfolder"] = { name = "Made" },
  ["updateFlowFolder flowfolder"] = { name = "Changed" },
  ["createUser user"] = { role = "guest" }, ["updateUser user"] = { enabled = false },
  ["updateApp app"] = { autoupdate = false }, ["apps id"] = script,
  ["apps name"] = "autocomplete", ["installFromAppStore id"] = "com.example.new",
  ["users id"] = otto, ["presence id"] = otto, ["newOwnerUserId"] = vera,
  ["updateUserMeProperties id"] = "colour", ["deleteUserMeProperties id"] = "colour",
  ["createPersonalAccessToken scopes"] = array { "homey" },
  ["experiments id"] = "ssh", ["energy date"] = "2026-01-01", ["yearMonth"] = "2026-01",
  ["isoWeek"] = "2026-W01", ["year"] = "2026", ["energy zone"] = kitchen,
  ["setElectricityPriceType type"] = "fixed", ["setDynamicPricesElectricityZone options"] = {},
  ["resetReportDayCategories options"] = {}, ["matter deviceId"] = lamp,
  ["fabricIndex"] = 1, ["system id"] = false, ["mask"] = "none",
}

local by_type = {
  string = "text", number = 1, boolean = true, object = {}, array = array {}, any = true,
  ["string|number|boolean"] = 1,
}

local function sample_of(row, param)
  for _, key in ipairs {
    row.operation .. " " .. param.name, row.manager .. " " .. param.name, param.name,
  } do
    if samples[key] ~= nil then return samples[key] end
  end
end

-- The items that a path has an id of, where the operation itself is none of an item.
local items_of_paths = {
  ["^/pairsession/"] = "PairSession", ["^/node/"] = "MatterNode", ["^/voice/"] = "Voice",
  ["^/mood/"] = "Mood", ["^/notification/"] = "Notification", ["^/appwidget/"] = "AppWidget",
  ["^/widgetstore/"] = "WidgetStore",
}

--- The item whose id a path has; nil where it is another one.
---@param path string
---@return string? item
function operation_arguments.item_of_path(path)
  for pattern, item in pairs(items_of_paths) do
    if path:find(pattern) then return item end
  end
end

--- The lists of the home with items that the operations name.
operation_arguments.lists = {
  AdvancedFlow = "advancedflows", Alarm = "alarms", AppWidget = "appwidgets",
  Dashboard = "dashboards", Flow = "flows", FlowFolder = "flowfolders", Image = "images",
  MatterNode = "matternodes", Mood = "moods", Notification = "notifications",
  Variable = "variables", Voice = "voices", WidgetStore = "widgetstores", Zone = "zones",
}

--- The value of a parameter.
---@param row homey.api.Operation
---@param param homey.api.Parameter
---@param platform string
---@param first_id fun(item: string): string?  the id of some item
---@return any
function operation_arguments.value(row, param, platform, first_id)
  local sample = sample_of(row, param)
  if type(sample) == "table" and sample.is_choice then
    sample = platform == "v2" and sample.v2 or sample.v3
  end
  if sample == false then return nil end
  if sample ~= nil then return sample end
  if param.name == "id" and param.place == "path" then
    local found = first_id(row.item)
    if found then return found end
  end
  return by_type[param.type]
end

return operation_arguments
