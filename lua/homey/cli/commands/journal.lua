-- homey journal, why: what the programs on this machine have sent, and why.

local JournalFile = require "homey.journal.journal_file"
local at_home = require "homey.cli.at_home"
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
  },
}
for _, row in ipairs(facts.options) do table.insert(commands.journal.options, row) end

local function columns(home)
  return {
    { at_home.title("TIME", home), "time", width = 19 }, { "WHAT", "name", width = 24 },
    { "CAPABILITY", "capability", width = 16 }, { "VALUE", "value", width = 8 },
    { "BY", "by", width = 16 }, { "OUTCOME", "outcome", width = 9 },
    { "BECAUSE", "because", rest = true },
  }
end

local function key(row, n)
  return ("%s:%s"):format(tostring(row.run), tostring(n))
end

-- The calls in both files by key and in order, each with its outcome.
local function read(file)
  local calls, list = {}, {}
  local problem = file:each(function(line)
    entry.each(line, function(row)
      local call = calls[key(row, row.cause)]
      if row.kind == "call" then
        row.outcome = row.error or "sent"
        calls[key(row, row.n)], list[#list + 1] = row, row
      elseif row.kind == "answer" and call then
        call.outcome = row.error or "done"
      end
    end)
  end)
  if problem and #list == 0 then invalid("the journal cannot be read: %s", problem) end
  return list
end

local function fact_of(home, row)
  return {
    time = home:date("%Y-%m-%d %H:%M:%S", row.at), at = row.at, name = row.name, id = row.device,
    capability = row.capability, value = row.value, by = row.handler, because = row.because,
    outcome = row.outcome,
  }
end

local function is_named(row, pattern)
  return not pattern or type(row.name) == "string" and text.seen(row.name):find(pattern) ~= nil
end

-- The rows that are new since the last call. A call that waits for its answer is given a further
-- look.
local function news(file, seen, pattern, since)
  local list = {}
  for _, row in ipairs(read(file)) do
    local id = key(row, row.n)
    if seen[id] ~= true and row.at >= since and is_named(row, pattern) then
      local is_ready = row.outcome ~= "sent" or seen[id] == "waits"
      seen[id] = is_ready or "waits"
      if is_ready then list[#list + 1] = row end
    end
  end
  return list
end

local function follow(home, file, pattern, since, options)
  local seen, titles = {}, columns(home)
  while true do
    for _, row in ipairs(news(file, seen, pattern, since)) do
      facts.print_line(fact_of(home, row), titles, options)
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
  for _, row in ipairs(read(file)) do
    if row.at >= since and is_named(row, pattern) then list[#list + 1] = fact_of(home, row) end
  end
  facts.print(list, columns(home), options)
end

function run.why(_, rest)
  output(homey.why(rest[1], rest[2]) .. "\n")
end

return { main = at_home.main(commands, run) }
