-- Facts about the scripts of a runner: which run, what calls their functions, what went wrong.

local Handle = require "homey.task.handle"
local core = require "homey.core"
local error_text = require "homey.util.error_text"
local text = require "homey.util.text"

local longest = 1000 -- bytes of an error

local script_facts = {}

--- An error, as an entry keeps it: its message without the traceback.
---@param err any
---@param at number  seconds since 1970
---@return {text: string, at: number}
function script_facts.error(err, at)
  local message = text.visible((error_text(err)):match "^[^\n]*")
  local place = type(err) == "table" and err.where and text.visible(err.where) .. ": " or ""
  if message:sub(1, #place) ~= place then message = place .. message end
  return { text = message:sub(1, longest), at = at }
end

local function state_of(entry)
  local script = entry.script
  if not script then return entry.retry and "waiting" or "stopped" end
  if script.scope.closed then return "ended" end
  return script:failed() and "failed" or "running"
end

local function trigger(handle)
  local handler = handle.handler
  return {
    text = text.visible(handle.what), next = handle:next(), at = handler and handler.place,
    calls = handler and handler.calls, called = handler and handler.called,
  }
end

-- In the order in which the script has made them.
local function triggers_of(entry)
  local members, handles, list = entry.script and entry.script.scope.members or {}, {}, {}
  for member in pairs(members) do
    if getmetatable(member) == Handle then handles[#handles + 1] = member end
  end
  table.sort(handles, function(a, b) return members[a] < members[b] end)
  for i, handle in ipairs(handles) do list[i] = trigger(handle) end
  return setmetatable(list, core.array)
end

local function fact_of(entry)
  local problem = entry.problem
  return {
    name = text.visible(entry.file), path = text.visible(entry.path), state = state_of(entry),
    error = problem and problem.text, error_at = problem and problem.at,
    triggers = triggers_of(entry),
  }
end

--- All scripts, sorted by name.
---@param scripts homey.cli.Scripts
---@return table[]
function script_facts.all(scripts)
  local list = {}
  for _, entry in pairs(scripts.entries) do list[#list + 1] = fact_of(entry) end
  table.sort(list, function(a, b)
    if a.name ~= b.name then return a.name < b.name end
    return a.path < b.path
  end)
  return setmetatable(list, core.array)
end

return script_facts
