-- Report of a plan: its steps as facts for programs, and as lines for people.

local core = require "homey.core"
local differences = require "homey.cli.tree.differences"
local facts = require "homey.cli.facts"
local output = require "homey.cli.output"
local screen = require "homey.cli.screen"
local text = require "homey.util.text"

local report = {}

local columns = {
  { "ACTION", "action" }, { "KIND", "kind" }, { "NAME", "name" }, { "CHANGES", "text" },
}

local function null_for_nil(value)
  if value == nil then return core.null end
  return value
end

local function changes_of(step)
  local list = setmetatable({}, core.array)
  for i, change in ipairs(step.changes) do
    list[i] = {
      field = change.field, from = null_for_nil(change.from), to = null_for_nil(change.to),
    }
  end
  return list
end

local function remarks(step)
  local list = {}
  for _, name in ipairs { "problem", "conflict", "why" } do list[#list + 1] = step[name] end
  return list
end

local function fact_of(step)
  local lines = differences.lines(step.changes)
  for _, remark in ipairs(remarks(step)) do lines[#lines + 1] = remark end
  return {
    action = step.action, kind = step.kind.name, name = step.name,
    id = step.id or core.null, file = step.file or core.null, changes = changes_of(step),
    conflict = step.conflict or core.null, problem = step.problem or core.null,
    why = step.why or core.null, outcome = step.outcome or core.null,
    text = #lines > 0 and table.concat(lines, "; ") or "-",
  }
end

-- ---- for people ---------------------------------------------------------------------------------

local styles = { delete = "bad", keep = "quiet", skip = "quiet" }

local function add_for_people(lines, step, color)
  local action = screen.styled(("%-6s"):format(step.action), styles[step.action], color)
  lines[#lines + 1] = ("%s  %s %s"):format(action, step.kind.words, text.visible(step.name))
  for _, line in ipairs(differences.lines(step.changes)) do
    lines[#lines + 1] = "          " .. line
  end
  for _, remark in ipairs(remarks(step)) do
    lines[#lines + 1] = screen.styled("        ! " .. text.visible(remark),
      remark == step.why and "quiet" or "bad", color)
  end
end

local function print_for_people(steps, options)
  local lines = {}
  for _, step in ipairs(steps) do add_for_people(lines, step, options.color) end
  if #lines > 0 then output(table.concat(lines, "\n") .. "\n") end
end

local function is_for_programs(options) return options.json or options.jsonl or options.format end

--- Print the steps of a plan.
---@param self homey.cli.Plan
---@param options table  of the command
function report.print(self, options)
  if screen.is_terminal() and not is_for_programs(options) then
    return print_for_people(self.steps, options)
  end
  local list = {}
  for i, step in ipairs(self.steps) do
    list[i] = fact_of(step)
    if is_for_programs(options) and not options.format then list[i].text = nil end
  end
  facts.print(list, columns, options)
end

--- Return a summary of a plan, in one line.
---@param self homey.cli.Plan
---@return string
function report.summary(self)
  local count, problems, conflicts = {}, 0, 0
  for _, step in ipairs(self.steps) do
    count[step.action] = (count[step.action] or 0) + 1
    if step.problem then problems = problems + 1 end
    if step.conflict then conflicts = conflicts + 1 end
  end
  local line = ("%d to create, %d to change, %d to delete."):format(count.create or 0,
    count.change or 0, count.delete or 0)
  if conflicts > 0 then
    line = line .. (" %d changed at the home since: apply needs --force."):format(conflicts)
  end
  if problems > 0 then line = line .. (" %d cannot be done."):format(problems) end
  return line
end

--- Print that a step is done.
---@param step homey.cli.TreeStep
function report.done(step)
  local past = { create = "created", change = "changed", delete = "removed" }
  output(("%s\t%s\t%s\n"):format(past[step.action], step.kind.words, text.visible(step.name)))
end

report.is_for_programs = is_for_programs

return report
