-- Failures of a command: one line on stderr, or one JSON object for a program, and the exit code.

local exit_codes = require "homey.cli.exit_codes"
local new_error = require "homey.error"
local text = require "homey.util.text"
local lazy = require "homey.util.lazy"

local error_text = lazy "homey.util.error_text"

local failure = {}

--- Is this an error that a person can act on? Anything else is a mistake in homey.
---@param err any
---@return boolean
function failure.is_error(err)
  return type(err) == "table" and err.kind ~= nil
end

local json_options = { ["--json"] = true, ["--jsonl"] = true }

local function wants_json(list)
  for _, word in ipairs(list) do
    if word == "--" then return false end
    if json_options[word] then return true end
  end
  return false
end

local function as_json(name, err, hint)
  local core = require "homey.core"
  return text.visible_json(assert(core.encode {
    command = name, kind = failure.is_error(err) and err.kind or "bug", message = error_text(err),
    hint = hint or core.null, code = exit_codes.of(err),
  }))
end

local function as_text(name, err, hint)
  return ("homey%s%s: %s%s"):format(name == "" and "" or " ", name,
    text.visible(error_text(err), true), hint and " " .. hint or "")
end

--- Report a failure on stderr. A failure marked `silent` is told by its exit code alone.
---@param name string    of the command; "" before it is known
---@param err any
---@param list string[]  the arguments: --json and --jsonl ask for an object
---@param hint? string   a sentence on what to do
---@return integer code
function failure.report(name, err, list, hint)
  local is_silent = type(err) == "table" and rawget(err, "silent")
  if not is_silent then
    io.stderr:write((wants_json(list) and as_json or as_text)(name, err, hint), "\n")
  end
  return exit_codes.of(err)
end

--- Report a wrong command line.
---@param name string
---@param problem string  a sentence
---@param list string[]
---@param hint? string
---@return integer code
function failure.report_usage(name, problem, list, hint)
  failure.report(name, new_error("invalid", problem), list, hint)
  return exit_codes.usage
end

return failure
