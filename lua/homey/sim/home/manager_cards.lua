--- Flow cards of the hub itself, such as the action that creates a notification.
local build = require "homey.sim.home.build"
local core = require "homey.core"

local null, array = core.null, build.array

local function text(name, title) return { name = name, title = title, type = "text" } end

-- `list`: the list of the home that the argument is chosen from.
local function choice(name, title, list)
  return { name = name, title = title, type = "autocomplete", list = list }
end

local user, variable = choice("user", "User", "users"), choice("variable", "Variable", "variables")
local flow = choice("flow", "Flow", "flows")
local value = text("value", "Value")

-- Manager, its name, id of the card, title, arguments, tokens.
local rows = {
  actions = {
    { "notifications", "Notifications", "create_notification", "Create a notification",
      { text("text", "Text") } },
    { "mobile", "Mobile", "push_text", "Send a push notification to", { user, text("text",
      "Text") } },
    { "logic", "Logic", "variable_set", "Set a variable", { variable, value } },
    { "flow", "Flow", "start_flow", "Start a flow", { flow } },
    { "moods", "Moods", "set_mood", "Set a mood", { choice("mood", "Mood", "moods") } },
    { "presence", "Presence", "set_present", "Is home", { user } },
    { "presence", "Presence", "set_away", "Has left", { user } },
    { "speech-output", "Speech", "say", "Say", { text("text", "Text") }, version = 2 },
  },
  conditions = {
    { "presence", "Presence", "user_present", "Is !{{|not}} home", { user } },
    { "presence", "Presence", "someone_present", "Somebody is !{{|not}} home" },
    { "presence", "Presence", "user_asleep", "Is !{{|not}} asleep", { user } },
    { "logic", "Logic", "variable_equals", "Is !{{|not}} exactly", { variable, value } },
    { "flow", "Flow", "flow_enabled", "Is !{{|not}} enabled", { flow } },
  },
  triggers = {
    { "flow", "Flow", "programmatic_trigger", "This flow is started" },
    { "cron", "Time", "sunrise", "The sun rises" },
    { "cron", "Time", "sunset", "The sun sets" },
    { "cron", "Time", "time_exactly", "The time is", { { name = "time", title = "Time",
      type = "time" } } },
    { "presence", "Presence", "user_enter", "Came home", { user } },
    { "presence", "Presence", "user_leave", "Left home", { user } },
    { "logic", "Logic", "variable_changed", "A variable changed", { variable } },
  },
}

local function definition(row)
  local uri = "homey:manager:" .. row[1]
  return {
    id = uri .. ":" .. row[3], ownerUri = uri, ownerId = row[3], ownerName = row[2],
    title = row[4], titleFormatted = null, hint = null, args = row[5] and array(row[5]) or null,
    droptoken = null,
  }
end

local manager_cards = {}

--- The cards of the hub itself.
---@param kind "actions"|"conditions"|"triggers"
---@param version integer
---@return homey.sim.Card[]
function manager_cards.list(kind, version)
  local list = {}
  for _, row in ipairs(rows[kind]) do
    if not row.version or row.version == version then
      list[#list + 1] = { card = definition(row) }
    end
  end
  return list
end

return manager_cards
