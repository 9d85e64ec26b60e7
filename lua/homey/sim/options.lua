-- Option tables of the simulator: homes in virtual time, failures, and items in short form.

local format = require "homey.util.format"

local rows = {} ---@type table<string, homey.OptionRows>

-- Any string: a home for a test may have names that no hub allows.
local function check_string(value)
  if type(value) == "string" then return value end
  return nil, ("takes text, not %s."):format(format(value))
end

rows.home = {
  what = "a simulated home", class = "homey.sim.HomeOptions",
  example = "{ time = \"2026-06-21 12:00\" }",
  doc = "Options of sim.home, besides the settings of the simulator.",
  { name = "time", type = "any", annotation = "string|number", default = "2026-01-01 00:00",
    doc = "local time at the start" },
  { name = "latency", type = "duration", default_text = "0",
    doc = "time from a request to its answer" },
  { name = "seed", type = "integer", min = 1, max = 2 ^ 31 - 1, default = 1,
    doc = "seed of ids and of math.random" },
  { name = "quiet", type = "boolean", default_text = "false",
    doc = "prints no warnings and errors on stderr; `logged` returns them" },
  { name = "devices", type = "integer", min = 0,
    doc = "generates a home with this number of devices" },
}

rows.fail = {
  what = "fail", class = "homey.sim.Fail", example = "{ kind = \"offline\", times = 2 }",
  required = true, doc = "Failure of requests. Needs a kind or a status.",
  { name = "kind", type = "text", annotation = "homey.Kind", doc = "kind of the error", values = {
    "offline", "timeout", "network", "tls", "protocol", "expired", "unauthorized", "forbidden",
    "not_found", "invalid", "unavailable", "rate_limited", "hub",
  } },
  { name = "status", type = "integer",
    doc = "status of the hub's answer: 400 to 599; with a kind any status" },
  { name = "message", type = "text", check = check_string,
    doc = "message of the error" },
  { name = "times", type = "number", min = 1, default = 1, doc = "number of requests that fail" },
  { name = "method", type = "text", check = check_string,
    doc = "only requests with this method: \"PUT\"" },
  { name = "path", type = "text", check = check_string, doc = "only paths that contain this text" },
  { name = "device", type = "text", check = check_string, doc = "only requests for this device" },
  { name = "capability", type = "text", check = check_string,
    doc = "only requests that set this capability" },
  { name = "executed", type = "boolean", default_text = "false",
    doc = "the hub executes the request, and only its answer is lost" },
}

rows.answer = {
  what = "answer", class = "homey.sim.Answer", required = true,
  example = "{ path = \"/api/manager/energy/live\", reply = { items = {} } }",
  doc = "Answer of the hub to some requests, in place of its own. Needs a path.",
  { name = "path", type = "text", check = check_string,
    doc = "full path of the requests, without a query" },
  { name = "method", type = "text", check = check_string,
    doc = "only requests with this method: \"PUT\"" },
  { name = "reply", type = "any",
    doc = "the value of the answer; in virtual time also a function of the request, which "
      .. "returns it and a status" },
  { name = "status", type = "integer", min = 200, max = 599, default = 200,
    doc = "status of the answer" },
  { name = "times", type = "number", min = 1, default_text = "always",
    doc = "number of requests with this answer" },
}

local name = { name = "name", type = "text", check = check_string, doc = "its name" }

rows.web_reply = {
  what = "home:web", class = "homey.sim.WebReply", example = "{ json = { 1, 2 } }", required = true,
  doc = "What a fetch gets: a reply, or a failure.",
  { name = "status", type = "integer", min = 100, max = 599, default = 200, doc = "its status" },
  { name = "headers", type = "table", annotation = "table<string, string|string[]>",
    doc = "its headers" },
  { name = "json", type = "any", doc = "its body, as JSON" },
  { name = "body", type = "text", check = check_string, doc = "its body" },
  { name = "delay", type = "duration", default_text = "0", doc = "time until it arrives" },
  { name = "kind", type = "text", values = { "network", "timeout", "tls", "protocol" },
    doc = "fail with an error of this kind" },
  { name = "message", type = "text", check = check_string, doc = "message of the error" },
}

rows.zone = {
  what = "a zone", class = "homey.sim.Zone", doc = "A zone in short form.", name,
  { name = "parent", type = "text", check = check_string,
    doc = "the zone around it; created if it does not exist" },
  { name = "icon", type = "text", check = check_string, doc = "its icon" },
}

rows.device = {
  what = "a device", class = "homey.sim.Device", doc = "A device in short form.", name,
  { name = "zone", type = "text", check = check_string,
    doc = "its zone: \"Upstairs/Attic\"; created if it does not exist" },
  { name = "class", type = "text", check = check_string, default_text = "'other'",
    doc = "its class" },
  { name = "capabilities", type = "table", annotation = "table<string, any>",
    doc = "capability to value, or to { value =, min =, max =, ... }" },
  { name = "id", type = "text", check = check_string, doc = "its id" },
  { name = "available", type = "boolean", default_text = "true", doc = "whether it is available" },
  { name = "unavailableMessage", type = "any", annotation = "string",
    doc = "why it is not available" },
  { name = "note", type = "any", annotation = "string", doc = "its note" },
  { name = "virtualClass", type = "any", annotation = "string",
    doc = "the class that its owner chose" },
  { name = "driver", type = "text", check = check_string, doc = "id of its driver" },
  { name = "energy", type = "any", doc = "its energy facts, as the hub has them" },
  { name = "settings", type = "any", doc = "its settings, as the hub has them" },
  { name = "flags", type = "any", doc = "its flags, as the hub has them" },
}

rows.variable = {
  what = "a variable", class = "homey.sim.Variable", doc = "A variable in short form.", name,
  { name = "value", type = "any", annotation = "number|string|boolean", doc = "its value" },
}

rows.flow = {
  what = "a flow", class = "homey.sim.Flow", doc = "A flow in short form.", name,
  { name = "enabled", type = "boolean", default_text = "true", doc = "whether it is enabled" },
  { name = "triggerable", type = "boolean", default_text = "true",
    doc = "whether it can be started" },
  { name = "folder", type = "any", annotation = "string", doc = "id of its folder" },
}

rows.user = {
  what = "a user", class = "homey.sim.User", doc = "A user in short form.", name,
  { name = "present", type = "boolean", default_text = "false",
    doc = "whether the user is at home" },
  { name = "asleep", type = "boolean", default_text = "false", doc = "whether the user is asleep" },
  { name = "role", type = "text", check = check_string, default_text = "'user'",
    doc = "role at the hub" },
  { name = "enabled", type = "boolean", default_text = "true",
    doc = "whether the user is enabled" },
}

rows.mood = {
  what = "a mood", class = "homey.sim.Mood", doc = "A mood in short form.", name,
  { name = "zone", type = "text", check = check_string,
    doc = "its zone; by default that of one of its devices" },
  { name = "devices", type = "table", annotation = "table<string, table<string, any>>",
    doc = "device, by its name, to the values that it takes" },
  { name = "preset", type = "text", check = check_string, doc = "its preset" },
}

rows.alarm = {
  what = "an alarm", class = "homey.sim.Alarm", doc = "An alarm in short form.", name,
  { name = "time", type = "text", check = check_string, default_text = "'07:00'",
    doc = "when it goes off" },
  { name = "days", type = "table", annotation = "string[]", default_text = "every day",
    doc = "on which days: { \"monday\", \"friday\" }" },
  { name = "enabled", type = "boolean", default_text = "true", doc = "whether it is enabled" },
}

rows.notification = {
  what = "a notification", class = "homey.sim.Notification", named_by = "text",
  doc = "A notification in short form.",
  { name = "text", type = "text", check = check_string, doc = "its text" },
  { name = "owner", type = "text", check = check_string, default_text = "'homey:manager:flow'",
    doc = "uri of who created it" },
}

rows.app = {
  what = "an app", class = "homey.sim.App", doc = "An app in short form.", name,
  { name = "id", type = "text", check = check_string, doc = "its id" },
  { name = "version", type = "text", check = check_string, default_text = "'1.0.0'",
    doc = "its version" },
  { name = "enabled", type = "boolean", default_text = "true", doc = "whether it is enabled" },
}

rows.folder = {
  what = "a flow folder", class = "homey.sim.Folder", doc = "A flow folder in short form.", name,
  { name = "parent", type = "text", check = check_string, doc = "id of the folder that it is in" },
}

return rows
