-- Option tables of automations: on, wait, at, every, after and limits.

local format = require "homey.util.format"

local rows = {} ---@type table<string, homey.OptionRows>

-- Checks a value or a list of values.
local function check_values(value)
  if type(value) == "table" and #value == 0 then
    return nil, ("takes a value or a list of values, not %s."):format(format(value))
  end
  return value
end

local once = {
  name = "once", type = "boolean", default_text = "false", doc = "ends after the first call",
}
local mode = {
  name = "mode", type = "text", values = { "parallel", "single", "restart", "queued" },
  annotation = "homey.Mode", default_text = "'parallel'",
  doc = "what an event does while an earlier call still runs",
}
local missed = "less than 15 min late is run, the rest is skipped"

rows.edge = {
  what = "on", class = "homey.EdgeOptions", doc = "Which change of a value counts.",
  { name = "to", type = "any", check = check_values,
    doc = "the new value, or a list of values" },
  { name = "from", type = "any", check = check_values,
    doc = "the old value, or a list of values" },
  { name = "above", type = "number", doc = "the value rises above this" },
  { name = "below", type = "number",
    doc = "the value falls below this; with `above`: it comes between the two" },
  { name = "hysteresis", type = "number", min = 0, default_text = "0",
    doc = "distance that the value must go back before it counts again" },
}

rows.event = {
  what = "on", class = "homey.EventOptions", example = "{ once = true }",
  doc = "Options of `on` for an event.",
  once,
  { name = "own", type = "boolean", default_text = "true",
    doc = "false: ignores this program's own changes" },
  mode,
}

rows.trigger = {
  what = "on", class = "homey.TriggerOptions", example = "{ to = true, held = \"10 min\" }",
  doc = "Options of `on` for a value.", bases = { rows.edge, rows.event },
  { name = "held", type = "duration", doc = "the value must stay so for this long" },
  { name = "missed", type = "text", values = { "run", "skip" }, default_text = missed,
    doc = "what to do with a `held` that ended while the program was not running" },
  { name = "debounce", type = "duration",
    doc = "reports a value once it has not changed for this long" },
  { name = "silent", type = "duration", min = 1,
    doc = "the hub has had no report of the value for this long; only with `once` and `mode`" },
}

rows.wait = {
  what = "homey.wait", class = "homey.WaitOptions", example = "{ below = 5, held = \"2 min\" }",
  doc = "The change that homey.wait waits for.", bases = { rows.edge },
  { name = "held", type = "duration", doc = "the value must stay so for this long" },
}

rows.match = {
  what = "devices:count", class = "homey.MatchOptions", example = "{ above = 20 }",
  doc = "Values that `count`, `any` and `all` of devices look for.",
  { name = "to", type = "any", check = check_values,
    doc = "the value, or a list of values" },
  { name = "above", type = "number", doc = "the value is above this" },
  { name = "below", type = "number", doc = "the value is below this" },
}

rows.wait_list = {
  what = "homey.wait", class = "homey.WaitList", doc = "Several things to wait for.",
  { name = "any", type = "any", annotation = "table[]", doc = "waits until one of these is true" },
  { name = "all", type = "any", annotation = "table[]", doc = "waits until all of these are true" },
  { name = "timeout", type = "duration", doc = "longest wait" },
}

rows.at = {
  what = "at", class = "homey.TimeOptions", example = "{ missed = \"run\" }",
  doc = "Options of homey.at.",
  { name = "missed", type = "text", values = { "run", "skip" }, default_text = missed,
    doc = "what to do with a time that passed while the machine slept or its clock was wrong" },
  once, mode,
}

rows.every = {
  what = "every", class = "homey.EveryOptions", example = "{ mode = \"single\" }",
  doc = "Options of homey.every.",
  { name = "aligned", type = "boolean", default_text = "false",
    doc = "follows the clock of the home: every(\"15 min\") at :00, :15, :30 and :45" },
  once, mode,
}

rows.after = {
  what = "after", class = "homey.AfterOptions", example = "{ mode = \"single\" }",
  doc = "Options of homey.after.", mode,
}

rows.limits = {
  what = "homey.limits", class = "homey.LimitOptions", example = "{ per_second = 20 }",
  required = true,
  doc = "Limits that contain mistakes in scripts.",
  { name = "compute", type = "duration", min = 0.001, default_text = "5 s",
    doc = "stops a handler that computes for this long without a pause" },
  { name = "parallel", type = "integer", min = 1, default_text = "1000",
    doc = "concurrent calls of one handler" },
  { name = "queued", type = "integer", min = 1, default_text = "100",
    doc = "waiting calls of one handler in the mode 'queued'" },
  { name = "per_second", type = "integer", min = 1, default_text = "10",
    doc = "changes of one device per second" },
  { name = "per_minute", type = "integer", min = 1, default_text = "300",
    doc = "changes of one device per minute" },
}

return rows
