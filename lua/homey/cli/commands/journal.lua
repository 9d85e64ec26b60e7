-- homey journal, why: what the programs on this machine have sent, and why.

local JournalFile = require "homey.journal.journal_file"
local at_home = require "homey.cli.at_home"
local call_facts = require "homey.cli.call_facts"
local calls = require "homey.journal.calls"
local core = require "homey.core"
local entry = require "homey.journal.entry"
local facts = require "homey.cli.facts"
local filter = require "homey.model.filter"
local homey = require "homey"
local invalid = require "homey.util.invalid"
local output = require "homey.cli.output"
local text = require "homey.util.text"

local day = 86400 -- seconds
local pause = 0.5 -- seconds between two looks into the file

local commands = {
  journal = {
    name = "journal", takes = "[NAME]", most = 1,
    text = "Show what the programs on this machine have sent, and why.",
    more = "NAME is the name of a device, or a part of one with * for the rest: 'Hall/*'.",
    options = {
      { name = "last", value = "TIME", type = "duration", min = 1, default_text = "24 h",
        doc = "what was sent in this time" },
      { name = "follow", short = "f", type = "boolean", doc = "go on until Ctrl-C" },
    },
  },
  why = {
    name = "why", takes = "DEVICE CAPABILITY", least = 2,
    text = "Explain why a value is as it is, from the journal of the automations on this machine.",
    options = facts.options,
  },
}
commands.journal.options = facts.with(commands.journal.options)

local is_well = { done = true, sent = true }

local function style_of_outcome(fact)
  return not is_well[fact.outcome] and "bad" or nil
end

local function columns(home)
  return {
    { at_home.title("TIME", home), "time", width = 19, whole = true },
    { "WHAT", "name", width = 24 },
    { "CAPABILITY", "capability", width = 16 }, { "VALUE", "value", width = 8 },
    { "BY", "by", width = 16 },
    { "OUTCOME", "outcome", width = 9, style = style_of_outcome },
    { "BECAUSE", "because", rest = true },
  }
end

-- The calls in both files, in their order.
local function read(file)
  local problem
  local list = calls(function(f)
    problem = file:each(function(line) entry.each(line, f) end)
  end)
  if problem and #list == 0 then invalid("the journal cannot be read: %s", problem) end
  return list
end

local function is_wanted(call, pattern, since)
  if call.at < since then return false end
  return not pattern or type(call.name) == "string" and text.seen(call.name):find(pattern) ~= nil
end

-- The calls that are new since the last look. One that waits for its answer is given a further
-- look.
local function news(file, seen, pattern, since)
  local list = {}
  for _, each in ipairs(read(file)) do
    local before = seen[each.key]
    if before ~= true and is_wanted(each.call, pattern, since) then
      local is_ready = each.outcome ~= "sent" or before == "waits"
      seen[each.key] = is_ready or "waits"
      if is_ready then list[#list + 1] = each end
    end
  end
  return list
end

local function follow(home, file, pattern, since, options)
  local seen, titles = {}, columns(home)
  output.begin()
  while true do
    for _, each in ipairs(news(file, seen, pattern, since)) do
      facts.print_line(call_facts(home, each), titles, options)
    end
    homey.sleep(pause)
  end
end

local run = {}

function run.journal(options, rest, home)
  if not home.state_dir then
    invalid("there is no journal: no folder for it is known. Set HOMEY_STATE_DIR.")
  end
  if options.follow and options.json then invalid("--follow prints lines: use --jsonl.") end
  local file = JournalFile.new(home.state_dir)
  local pattern = rest[1] and filter.pattern(rest[1])
  local since = home:now() - (options.last or day)
  if options.follow then return follow(home, file, pattern, since, options) end
  local list = {}
  for _, each in ipairs(read(file)) do
    if is_wanted(each.call, pattern, since) then list[#list + 1] = call_facts(home, each) end
  end
  facts.print(list, columns(home), options)
end

function run.why(options, rest)
  local sentence, steps = homey.why(rest[1], rest[2])
  local fact = { text = sentence, steps = setmetatable(steps, core.array) }
  facts.print_one(fact, sentence, options)
end

return { main = at_home.main(commands, run), commands = commands }
