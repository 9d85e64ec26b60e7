-- Facts about the scripts of a runner: which run, what calls their functions, what went wrong.

local Handle = require "homey.task.handle"
local core = require "homey.core"
local duration = require "homey.util.duration"
local error_text = require "homey.util.error_text"
local format = require "homey.util.format"
local rows = require "homey.automation.options"
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

-- Not rounded, as duration.text may be.
local function length(seconds)
  local words = duration.text(seconds)
  return ('"%s"'):format(duration.read(words) == seconds and words or format(seconds) .. " s")
end

local function value_text(value, row)
  if row.type == "duration" then return length(value) end
  if type(value) == "string" then return ('"%s"'):format(text.visible(value)) end
  if type(value) ~= "table" then return format(value) end
  local list = {}
  for i, each in ipairs(value) do list[i] = value_text(each, row) end
  return ("{ %s }"):format(table.concat(list, ", "))
end

-- The rows of all triggers and timers, each name once.
local shown, names = {}, {}
for _, list in ipairs { rows.edge, rows.trigger, rows.every, rows.event } do
  for _, row in ipairs(list) do
    if not names[row.name] then shown[#shown + 1], names[row.name] = row, true end
  end
end

-- A trigger or timer with its options, as a script writes it: on("alarm_motion", { to = true }).
local function text_of(handle)
  local options, parts = handle.handler and handle.handler.options or {}, {}
  for _, row in ipairs(shown) do
    local value = options[row.name]
    if value ~= nil and not (row.name == "once" and handle.what:find "^after%(") then
      parts[#parts + 1] = ("%s = %s"):format(row.name, value_text(value, row))
    end
  end
  if #parts == 0 then return handle.what end
  return ("%s, { %s })"):format(handle.what:gsub("%)$", ""), table.concat(parts, ", "))
end

local function trigger(handle)
  local handler = handle.handler
  return {
    text = text.visible(text_of(handle)), next = handle:next(), at = handler and handler.place,
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
