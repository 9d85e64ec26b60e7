-- homey export, plan, apply: a home as a tree of files.

local at_home = require "homey.cli.at_home"
local export = require "homey.cli.tree.export"
local facts = require "homey.cli.facts"

local function with_facts(rows)
  for _, row in ipairs(facts.options) do rows[#rows + 1] = row end
  return rows
end

local commands = {
  export = {
    name = "export", takes = "DIR", least = 1,
    text = "Write zones, devices, flows, variables and moods as files of JSON, one for each.",
    more = "Files of what has not changed stay untouched; those of things that are gone go.",
    options = with_facts {
      { name = "force", type = "boolean", doc = "overwrite files that were edited" },
    },
  },
}

local run = {}

function run.export(options, rest, home)
  local done, count = export.run(home, rest[1], options.force)
  if options.json or options.jsonl or options.format or #done > 0 then
    return facts.print(done, { { "OUTCOME", "outcome" }, { "FILE", "file" } }, options)
  end
  return facts.print_one({}, ("Nothing has changed: %d files."):format(count), options)
end

return { main = at_home.main(commands, run), commands = commands }
