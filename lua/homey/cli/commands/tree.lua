-- homey export, plan, apply: a home as a tree of files.

local apply = require "homey.cli.tree.apply"
local at_home = require "homey.cli.at_home"
local export = require "homey.cli.tree.export"
local facts = require "homey.cli.facts"
local input = require "homey.cli.input"
local invalid = require "homey.util.invalid"
local output = require "homey.cli.output"
local plan = require "homey.cli.tree.plan"
local report = require "homey.cli.tree.report"
local sender = require "homey.cli.tree.sender"
local system = require "homey.system"
local text = require "homey.util.text"
local try = require "homey.task.try"
local undo = require "homey.cli.tree.undo"

local function with_facts(rows, more)
  for _, row in ipairs(more) do rows[#rows + 1] = row end
  return facts.with(rows)
end

local plan_options = {
  { name = "delete", type = "boolean", doc = "remove from the home what is not in the tree" },
  { name = "keep-values", type = "boolean", doc = "leave the values of variables as they are" },
  { name = "skip-missing", type = "boolean",
    doc = "leave out what needs something that the home lacks" },
  { name = "other-home", type = "boolean",
    doc = "take the tree of another home; its things are found by name" },
}

local commands = {
  export = {
    name = "export", takes = "DIR", least = 1,
    text = "Write zones, devices, flows, variables and moods as files of JSON, one for each.",
    more = "Files of what has not changed stay untouched; those of things that are gone go.",
    options = facts.with {
      { name = "force", type = "boolean", doc = "overwrite files that were edited" },
    },
  },
  plan = {
    name = "plan", takes = "DIR", least = 1,
    text = "Show what `homey apply` would do to make the home as the tree says.",
    options = facts.with(plan_options),
  },
  apply = {
    name = "apply", takes = "DIR | --undo", most = 1,
    text = "Make the home as the tree in a folder says. Shows the plan, and asks.",
    options = with_facts({
      { name = "yes", short = "y", type = "boolean", doc = "do not ask" },
      { name = "force", type = "boolean", doc = "overwrite what the home has changed meanwhile" },
      { name = "undo", type = "boolean", doc = "put back what the last apply has changed" },
    }, plan_options),
  },
}

local function plan_of(options)
  return {
    delete = options.delete, keep_values = options["keep-values"],
    skip_missing = options["skip-missing"], other_home = options["other-home"],
  }
end

-- ---- export, plan -------------------------------------------------------------------------------

local run = {}

function run.export(options, rest, home)
  local done, count = export.run(home, rest[1], options.force)
  if options.json or options.jsonl or options.format or #done > 0 then
    return facts.print(done, { { "OUTCOME", "outcome" }, { "FILE", "file" } }, options)
  end
  return facts.print_one({}, ("Nothing has changed: %d files."):format(count), options)
end

local nothing_to_do = "Nothing to do: the home is as the tree says.\n"

function run.plan(options, rest, home)
  local made = plan.make(home, rest[1], plan_of(options))
  if #made.steps > 0 or report.is_for_programs(options) then report.print(made, options) end
  if report.is_for_programs(options) then return end
  if #made.steps == 0 then return output(nothing_to_do) end
  output(report.summary(made) .. "\n")
end

-- ---- apply --------------------------------------------------------------------------------------

local function make(options, rest, home)
  if options.undo then return undo.make(home) end
  return plan.make(home, rest[1], plan_of(options))
end

-- A person says yes; a program says --yes.
local function is_confirmed(options, made)
  if options.yes then return true end
  local count = #sender.steps(made)
  if not system.isatty(0) then
    invalid("%d change%s would be made: call it with --yes if you mean it.", count,
      count == 1 and "" or "s")
  end
  io.stderr:write(("%s %d change%s of the home '%s'? [y/N] "):format(
    made.is_undo and "Make back" or "Make", count, count == 1 and "" or "s",
    text.visible(made.all.home.name or "-")))
  local answer = text.lower(input.line() or "")
  return answer == "y" or answer == "yes"
end

local function send(options, made)
  local is_quiet = report.is_for_programs(options)
  local _, err = try(at_home.change, made.home, "apply", apply.run, made, function(step)
    if not is_quiet then report.done(step) end
  end)
  if is_quiet then report.print(made, options) end
  if err then error(err, 0) end
end

local function show(options, made)
  if report.is_for_programs(options) then return end
  report.print(made, options)
  output(#made.steps == 0 and not made.is_undo and nothing_to_do or report.summary(made) .. "\n")
end

function run.apply(options, rest, home)
  if (options.undo ~= nil) == (rest[1] ~= nil) then
    invalid("it takes a folder%s.", options.undo and ", or --undo" or " that `homey export` wrote")
  end
  local made = make(options, rest, home)
  show(options, made)
  apply.check(made, options.force)
  local count = #sender.steps(made)
  if count == 0 and not made.is_undo then
    if report.is_for_programs(options) then report.print(made, options) end
  elseif count == 0 or is_confirmed(options, made) then
    send(options, made)
  else
    output "Nothing was sent.\n"
    return 1
  end
end

return { main = at_home.main(commands, run), commands = commands }
