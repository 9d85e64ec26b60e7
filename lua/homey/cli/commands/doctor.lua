-- homey doctor: examines every link between this machine and the hub.

local Patient = require "homey.cli.doctor.patient"
local arguments = require "homey.cli.arguments"
local examination = require "homey.cli.doctor.examination"
local exit_codes = require "homey.cli.exit_codes"
local facts = require "homey.cli.facts"
local home_options = require "homey.cli.home_options"
local interruptible = require "homey.cli.interruptible"
local invalid = require "homey.util.invalid"
local output = require "homey.cli.output"
local report = require "homey.cli.doctor.report"

local command = {
  name = "doctor", takes = "",
  text = "Examine every link between this machine and the hub, and say what to do.",
  options = {
    { name = "report", type = "boolean",
      doc = "print a text that is safe to paste: without secrets, names and addresses" },
    { name = "timeout", value = "TIME", type = "duration", min = 0.1, max = 300, default = 10,
      doc = "seconds that one step may take" },
  },
}
command.options = facts.with(command.options, { ["no-pager"] = true })
home_options.add(command)

local styles = { FAIL = "bad", warn = "bad", skip = "quiet" }

local function style(result) return styles[result.status] end

local columns = {
  { "", "status", width = 4, style = style }, { "", "what", width = 17, style = style },
  { "", "detail", style = function(result) return result.status == "skip" and "quiet" or nil end },
}

local groups = { "folder", "environment", "cloud", "hub", "realtime" } -- in the order of the links

local function all_checks()
  local list = {}
  for _, name in ipairs(groups) do
    for _, check in ipairs(require("homey.cli.doctor." .. name)) do list[#list + 1] = check end
  end
  return list
end

-- Who prints the results: each as it comes, or all at the end.
local function new_printer(patient, options)
  local results = {}
  local at_once = not (options.json or options.report)
  return function(result)
    results[#results + 1] = result
    if at_once then facts.print_line(result, columns, options) end
  end, function()
    if options.report then return output(report.text(patient, results)) end
    if options.json then facts.print(results, columns, options) end
  end
end

local function examine(options)
  local patient = Patient.new(options.timeout or 10, os.getenv, home_options.of(options))
  local tell, finish = new_printer(patient, options)
  local kind = examination.run(patient, all_checks(), tell)
  finish()
  return kind and exit_codes.of { kind = kind } or 0
end

local doctor = { commands = { doctor = command } }

--- homey doctor.
---@param list string[]
---@return integer code
function doctor.main(list)
  local options, rest = arguments.read(command, list)
  if not options then return rest --[[@as integer]] end
  if options.report and (options.json or options.jsonl or options.format) then
    invalid("--report is a text. Leave out --json, --jsonl and --format.")
  end
  local code, signal_code = interruptible(function() return examine(options) end)
  return signal_code or code
end

return doctor
