-- Entry: one step of what happened at home, made from an event, a change of ours or its outcome,
-- and its line in a file.

local core = require "homey.core"
local lazy = require "homey.util.lazy"
local text = require "homey.util.text"

local normalize = lazy "homey.model.normalize"

---@class homey.Entry
---@field kind "event"|"call"|"answer"|"echo"
---@field at number             seconds since 1970
---@field device? string        id of the device; of another resource in the field of its kind
---@field name? string          name of the resource
---@field capability? string
---@field value? any
---@field handler? string       "evening.lua:12", who made the call
---@field because? string       why the handler was called: "Hall/Motion: alarm_motion became true"
---@field because_at? number
---@field error? string         why a call failed
---@field missed? boolean       of an event: found by reading again
---@field again? boolean        of an event: the value was reported once more, unchanged
---@field hub_at? number        the time by the clock of the hub, if it told one
---@field cause? integer        number of its cause: the event of a call, the call of an answer
---@field n? integer            its own number
---@field run? string           id of the run of the program that made it

local entry = {}

local nothing = {}

--- Was a value reported once more, unchanged?
---@param event homey.Event
---@return boolean
function entry.is_again(event)
  return event.old ~= nil and event.old == event.value and not event.missed
end

-- Seconds by the clock of the hub.
local function hub_time(raw)
  local ms = normalize.time(raw)
  return ms and ms / 1000
end

local function hub_time_of(event)
  return event.hub_ms and event.hub_ms / 1000 or hub_time(event.raw)
end

local function hub_time_of_answer(answer)
  return answer.hub_ms and answer.hub_ms / 1000 or hub_time(answer.value)
end

-- ---- making entries -----------------------------------------------------------------------------

-- Notes the id of the resource of an event in the field of its kind.
local function add_id(row, event)
  local resource = event.subject
  local kind = resource and getmetatable(resource).kind
  if kind then row[kind] = resource.id end
  return row
end

local function of_event(event, run)
  return add_id({
    kind = "event", at = event.at, name = tostring(event.subject),
    capability = event.capability, value = event.value, missed = event.missed,
    again = entry.is_again(event) or nil,
    hub_at = hub_time_of(event), n = event.entry, run = run,
  }, event)
end

local function of_change(change, run, names)
  local device, cause = change.device, change.cause or nothing
  return {
    kind = "call", at = change.at, device = device.id, name = names[device],
    capability = change.capability,
    value = change.value, handler = change.place or cause.handler, cause = cause.entry,
    because = cause.text,
    because_at = cause.at, n = change.entry, run = run,
  }
end

local function of_outcome(outcome, run)
  local change = outcome.of
  return {
    kind = "answer", at = outcome.at, device = change.device.id, capability = change.capability,
    error = outcome.problem,
    hub_at = hub_time_of_answer(outcome), cause = change.entry, n = outcome.n,
    run = run,
  }
end

--- The entry of the echo of a change.
---@param event homey.Event
---@param run string
---@return homey.Entry
function entry.echo(event, run)
  return add_id({
    kind = "echo", at = event.at, hub_at = hub_time_of(event), capability = event.capability,
    value = event.value, cause = event.call, n = event.entry, run = run,
  }, event)
end

-- Names of resources, each made once: it takes the names of its zones, escaped.
local names_of = {}

function names_of.__index(names, resource)
  local name = tostring(resource)
  names[resource] = name
  return name
end

local function new_names() return setmetatable({}, names_of) end

--- The entry of what the journal has in memory: an event, a change, an outcome, or an entry.
---@param item table
---@param run string
---@param names? table<any, string>  names of resources that are known already
---@return homey.Entry
function entry.of(item, run, names)
  if item.kind then return item end
  if item.of then return of_outcome(item, run) end
  if item.name then return (item.own and entry.echo or of_event)(item, run) end
  return of_change(item, run, names or new_names())
end

-- ---- lines of a file ----------------------------------------------------------------------------

-- A call whose answer is among the items has it in its own row.
local function rows_of(items, run)
  local rows, calls, names = {}, {}, new_names()
  for i = 1, #items do
    local item = items[i]
    local call = item.of and calls[item.of]
    if call then
      call.answer, call.answered, call.answered_hub, call.refusal = item.n, item.at,
        hub_time_of_answer(item), item.problem
    else
      local row = entry.of(item, run, names)
      rows[#rows + 1], calls[item] = row, row
    end
  end
  return rows
end

--- The lines of items, in JSON.
---@param items table[]
---@param run string
---@return string[]
function entry.lines(items, run)
  local lines = {}
  for _, row in ipairs(rows_of(items, run)) do
    local line = core.encode(row)
    lines[#lines + 1] = line and text.visible_json(line)
  end
  return lines
end

local lasting = { call = true, answer = true, echo = true }

--- Is it an entry of a kind that is written to the file?
---@param value any
---@return boolean
function entry.is_lasting(value)
  return type(value) == "table" and lasting[value.kind] and type(value.at) == "number"
    and type(value.n) == "number"
end

--- Call f for each entry of a line that was read.
---@param row any
---@param f fun(entry: homey.Entry)
function entry.each(row, f)
  if not entry.is_lasting(row) then return end
  f(row)
  if row.answer then
    f {
      kind = "answer", at = row.answered, hub_at = row.answered_hub, device = row.device,
      capability = row.capability,
      error = row.refusal, cause = row.n, n = row.answer, run = row.run,
    }
  end
end

return entry
