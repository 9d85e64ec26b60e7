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
  name = "once", type = "boolean", default_text = "false", doc = "the first time only",
}
local mode = {
  name = "mode", type = "text", values = { "parallel", "single", "restart", "queued" },
  annotation = "homey.Mode", default_text = "'parallel'",
  doc = "what happens while a call of the function still runs",
}
local missed = "less than 15 min late is run, the rest is skipped"

rows.edge = {
  what = "on", class = "homey.EdgeOptions", doc = "Which change of a value counts.",
  { name = "to", type = "any", check = check_values,
    doc = "the value it becomes, or a list: any of these" },
  { name = "from", type = "any", check = check_values,
    doc = "the value it was, or a list: any of these" },
  { name = "above", type = "number", doc = "it becomes more than this" },
  { name = "below", type = "number",
    doc = "it becomes less than this; with `above`: it comes between the two" },
  { name = "hysteresis", type = "number", min = 0, default_text = "0",
    doc = "how far it must go back before it counts again" },
}

rows.event = {
  what = "on", class = "homey.EventOptions", example = "{ once = true }",
  doc = "Options of `on` for an event.",
  once,
  { name = "own", type = "boolean", default_text = "true",
    doc = "false: ignores what this program did itself" },
  mode,
}

rows.trigger = {
  what = "on", class = "homey.TriggerOptions", example = "{ to = true, held = \"10 min\" }",
  doc = "Options of `on` for a value.", bases = { rows.edge, rows.event },
  { name = "held", type = "duration", doc = "it stays so for this long" },
  { name = "missed", type = "text", values = { "run", "skip" }, default_text = missed,
    doc = "what becomes of a `held` that ended while the program was not running" },
  { name = "debounce", type = "duration", doc = "for this long nothing more is reported" },
  { name = "silent", type = "duration", min = 1,
    doc = "the hub has heard nothing of the value for this long; it goes with `once` and `mode`" },
}

rows.wait = {
  what = "homey.wait", class = "homey.WaitOptions", example = "{ below = 5, held = \"2 min\" }",
  doc = "What homey.wait waits for.", bases = { rows.edge },
  { name = "held", type = "duration", doc = "it stays so for this long" },
}

rows.match = {
  what = "devices:count", class = "homey.MatchOptions", example = "{ above = 20 }",
  doc = "Which values `count`, `any` and `all` of devices look for.",
  { name = "to", type = "any", check = check_values,
    doc = "the value, or a list: any of these" },
  { name = "above", type = "number", doc = "it is more than this" },
  { name = "below", type = "number", doc = "it is less than this" },
}

rows.wait_list = {
  what = "homey.wait", class = "homey.WaitList", doc = "Several things to wait for.",
  { name = "any", type = "any", annotation = "table[]", doc = "waits for one of these" },
  { name = "all", type = "any", annotation = "table[]", doc = "waits until all of these are so" },
  { name = "timeout", type = "duration", doc = "longest wait" },
}

rows.at = {
  what = "at", class = "homey.TimeOptions", example = "{ missed = \"run\" }",
  doc = "Options of homey.at.",
  { name = "missed", type = "text", values = { "run", "skip" }, default_text = missed,
    doc = "what becomes of a time that passed while the machine slept or its clock was wrong" },
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
  doc = "How much harm a mistake in a script may do.",
  { name = "compute", type = "duration", min = 0.001, default_text = "5 s",
    doc = "a handler that computes for so long without a pause is stopped" },
  { name = "parallel", type = "integer", min = 1, default_text = "1000",
    doc = "calls of one handler that run at the same time" },
  { name = "queued", type = "integer", min = 1, default_text = "100",
    doc = "calls that wait for a handler in the mode 'queued'" },
  { name = "per_second", type = "integer", min = 1, default_text = "10",
    doc = "changes of one device in a second" },
  { name = "per_minute", type = "integer", min = 1, default_text = "300",
    doc = "changes of one device in a minute" },
}

return rows
