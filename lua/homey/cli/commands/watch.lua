-- homey watch: reports of devices as they come.

local at_home = require "homey.cli.at_home"
local capability_rules = require "homey.model.capability"
local facts = require "homey.cli.facts"
local filter = require "homey.model.filter"
local homey = require "homey"
local invalid = require "homey.util.invalid"
local output = require "homey.cli.output"
local number_text = require "homey.util.number_text"
local text = require "homey.util.text"
local try = require "homey.task.try"
local words = require "homey.cli.words"

local commands = {
  watch = {
    name = "watch", takes = "[NAME]", most = 1,
    text = "Print what devices report, as it comes, until Ctrl-C.",
    more = "NAME is a name, or a part of one with * for the rest: 'Hall/*'.",
    options = {
      { name = "zone", value = "NAME", type = "text", doc = "in this zone, or in one inside it" },
      { name = "class", value = "NAME", type = "text", doc = "of this class: light, sensor" },
      { name = "capability", value = "ID", type = "text", doc = "only this capability" },
      { name = "since-start", type = "boolean",
        doc = "show the seconds since the start of the command, not the time" },
      { name = "count", value = "NUMBER", type = "integer", min = 1,
        doc = "end after so many reports" },
      { name = "until", value = "TEXT", type = "text",
        doc = "end when this holds: 'Hall/Motion alarm_motion true'" },
      { name = "timeout", value = "TIME", type = "duration",
        doc = "fail when the end has not come after this time: 5m" },
    },
  },
}
local of_lists = { json = true, ["no-pager"] = true }
commands.watch.options = facts.with(commands.watch.options, of_lists)

local columns = {
  { "TIME", "time", width = 19, style = function() return "quiet" end },
  { "DEVICE", "path", width = 28 },
  { "CAPABILITY", "capability", width = 20 }, { "VALUE", "value" },
}

-- ---- which reports ------------------------------------------------------------------------------

local function test_of(options, name, home)
  local matches = filter.matcher(home.directory, { zone = options.zone, class = options.class })
  local pattern = name and filter.pattern(name)
  return function(event)
    local device = event.device
    if options.capability and event.capability ~= options.capability then return false end
    if not matches(device) then return false end
    return not pattern or text.seen(device.name):find(pattern) ~= nil
      or text.seen(tostring(device)):find(pattern) ~= nil
  end
end

-- ---- the end ------------------------------------------------------------------------------------

-- The condition of --until: whether an event meets it, and whether it holds already.
local function goal_of(condition)
  local ref, id, word = condition:match "^%s*(.-)%s+(%S+)%s+(%S+)%s*$"
  if not ref or ref == "" then
    invalid("--until takes a device, a capability and a value, as in 'Hall/Motion alarm_motion "
      .. "true', not '%s'.", condition)
  end
  local device = homey.device(ref)
  local holds = device:get(id)
  local known = device:known(id)
  local wanted = words.plain(known.type, word)
  if not capability_rules.has_type(known, wanted) then
    invalid("--until: %s: %s", tostring(device), capability_rules.refusal(known, wanted))
  end
  return {
    holds = capability_rules.is_same(known, holds, wanted),
    is_met = function(event)
      return event.device == device and event.capability == id
        and capability_rules.is_same(known, event.value, wanted)
    end,
  }
end

-- ---- printing -----------------------------------------------------------------------------------

local function fact_of(home, event, start)
  local time = start and number_text.format("%.3f", event.at - start)
    or home:date("%Y-%m-%d %H:%M:%S", event.at)
  return {
    time = time, at = event.at, id = event.device.id,
    name = event.device.name, path = tostring(event.device), capability = event.capability,
    value = event.value, old = event.old, missed = event.missed,
  }
end

local function follow(options, name, home, done)
  local start = options["since-start"] and homey.now()
  local goal, count = options["until"] and goal_of(options["until"]), 0
  local is_wanted = test_of(options, name, home)
  local function take(event)
    if is_wanted(event) then
      facts.print_line(fact_of(home, event, start), columns, options)
      count = count + 1
    end
    if count == options.count or goal and goal.is_met(event) then done:resolve() end
  end
  home:on("device.capability", function(_, _, event)
    if done.status ~= "pending" then return end
    local ok, err = try(function()
      take(event)
      return true
    end)
    if not ok then done:reject(err) end
  end)
  if goal and goal.holds then done:resolve() end
end

local run = {}

function run.watch(options, rest, home)
  local done = homey.promise()
  homey.devices {}
  home:date() -- the time zone is known from here on
  follow(options, rest[1], home, done)
  output.begin()
  done:wait(options.timeout)
end

return { main = at_home.main(commands, run), commands = commands }
