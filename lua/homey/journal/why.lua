-- homey.why(device, capability): explains a value, as a sentence and as steps: event -> handler ->
-- call -> answer -> echo.

local Location = require "homey.time.location"
local core = require "homey.core"
local known_facts = require "homey.model.known"
local is_same = require("homey.model.capability").is_same
local home_location = require "homey.model.home_location"
local format_value = require "homey.util.format"
local try = require "homey.task.try"
local visible = require("homey.util.text").visible

local deepest = 10 -- causes of causes that are named
local slack = 5    -- seconds for a device to confirm a value, and for the difference of two clocks

---@class homey.Step
---@field kind "event"|"handler"|"call"|"answer"|"echo"
---@field text string       for people
---@field at? number        seconds since 1970
---@field handler? string   "evening.lua:12"
---@field device? string    id
---@field capability? string
---@field value? any
---@field error? string     why the call failed

local function plain(value)
  if value == core.null then return nil end
  return value
end

local function key(entry, n)
  return ("%s:%d"):format(tostring(entry.run), n)
end

-- Entries by their numbers, and the answers and echoes of each call.
local function index(entries)
  local by_number, outcomes = {}, {}
  for _, entry in ipairs(entries) do
    by_number[key(entry, entry.n)] = entry
    if entry.cause and (entry.kind == "answer" or entry.kind == "echo") then
      local of = key(entry, entry.cause)
      outcomes[of] = outcomes[of] or {}
      table.insert(outcomes[of], entry)
    end
  end
  return by_number, outcomes
end

local function is_about(entry, device, capability)
  return entry.device == device.id and entry.capability == capability
end

---@class homey.Decisive  the entries that explain a value
---@field last? homey.Entry     an event from elsewhere, or a call of ours
---@field answers homey.Entry[]  to that call, and its echoes
---@field again? homey.Entry    a later report of the same value
---@field failed? table         the last later call that failed, and its answer

-- Finds the entry that last set the value.
local function decisive(entries, by_number, outcomes, device, capability)
  local found = { answers = {} }
  local function consider(entry)
    if entry.kind == "event" then
      if entry.again then found.again = found.again or entry else found.last = entry end
      return
    end
    local call = entry.kind == "call" and entry
      or entry.cause and by_number[key(entry, entry.cause)]
    local failed = found.failed
    if entry.error then
      found.failed = failed or call and { call = call, answer = entry }
    elseif call and not (failed and failed.call == call) then
      found.last, found.answers = call, outcomes[key(call, call.n)] or {}
    end
  end
  for i = #entries, 1, -1 do
    if is_about(entries[i], device, capability) then consider(entries[i]) end
    if found.last then break end
  end
  return found
end

-- The last time at which the value held, by the clock of the hub where that is known.
local function last_heard(found)
  local function time(entry) return entry and (entry.hub_at or entry.at) or 0 end
  local latest = math.max(time(found.last), time(found.again))
  for _, each in ipairs(found.answers) do latest = math.max(latest, time(each)) end
  return latest
end

local function describe_change(entry)
  local value = format_value(plain(entry.value))
  if entry.capability then return ("%s: %s = %s"):format(entry.name, entry.capability, value) end
  if entry.name and entry.value ~= nil then return ("%s = %s"):format(entry.name, value) end
  return entry.name or entry.because or "something"
end

-- The call of this program that caused another one, by its echo or by its revert_after; true for an
-- echo.
local function call_behind(call, by_number)
  local cause = call.cause and by_number[key(call, call.cause)]
  local by_echo = cause and cause.kind == "echo"
  if by_echo and cause.cause then cause = by_number[key(cause, cause.cause)] end
  return cause and cause.kind == "call" and cause or nil, by_echo
end

-- A call and those that led to it, the first one first.
local function chain_to(call, by_number)
  local chain, seen = {}, {}
  while call and not seen[call] and #chain < deepest do
    local behind, by_echo = call_behind(call, by_number)
    table.insert(chain, 1, { call = call, by_echo = by_echo })
    seen[call] = true
    call = behind
  end
  return chain
end

local function step(entry, kind, text)
  return {
    kind = kind, text = visible(text), at = entry.at, handler = entry.handler,
    device = entry.device, capability = entry.capability, value = plain(entry.value),
    error = entry.error,
  }
end

local function add_call(steps, call)
  local at, because, handler = call.because_at, call.because, call.handler
  if because then steps[#steps + 1] = { kind = "event", at = at, text = visible(because) } end
  if because and handler then
    local text = visible(handler) .. " was called"
    steps[#steps + 1] = { kind = "handler", at = at, handler = handler, text = text }
  end
  steps[#steps + 1] = step(call, "call", describe_change(call))
end

local function add_outcomes(steps, outcomes)
  for _, entry in ipairs(outcomes) do
    local text = entry.error and "the hub refused it: " .. entry.error or "the hub confirmed it"
    if entry.kind == "echo" then text = "the hub reported the value" end
    steps[#steps + 1] = step(entry, entry.kind, text)
  end
end

-- Formats times by the clocks of the home, without the date when it is today.
local function clock_of(home)
  local place = try(home_location.of, home) or Location.new {}
  local function date(format, at) return os.date("!" .. format, math.floor(place:wall(at))) end
  local today = date("%Y-%m-%d", home.scheduler.core_loop:time())
  return function(at)
    return date(date("%Y-%m-%d", at) == today and "%H:%M:%S" or "%Y-%m-%d %H:%M:%S", at)
  end
end

local function confirmation(outcomes)
  return #outcomes > 0 and "the hub confirmed it" or "the answer of the hub is not known"
end

-- "Hall/Motion: alarm_motion became true -> evening.lua:12 set it"
local function because(chain)
  local parts = {}
  for i, link in ipairs(chain) do
    local call = link.call
    if call.because and (i == 1 or not link.by_echo) then parts[#parts + 1] = call.because end
    local what = i == #chain and "it" or describe_change(call)
    parts[#parts + 1] = ("%s set %s"):format(call.handler or "a program", what)
  end
  return table.concat(parts, " -> ")
end

-- The time of the value, by the hub.
local function time_of(device, capability)
  local ms = known_facts.ms(known_facts.all(device)[capability])
  return ms and ms / 1000
end

local function steps_of(call, outcomes, by_number)
  local chain, steps = chain_to(call, by_number), {}
  for _, link in ipairs(chain) do add_call(steps, link.call) end
  add_outcomes(steps, outcomes)
  return steps, chain
end

-- Each of these returns the end of "Kitchen/Lamp: onoff ", and the steps.

local function of_our_own(found, verb, by_number, clock)
  local call, outcomes = found.last, found.answers
  local steps, chain = steps_of(call, outcomes, by_number)
  local text = ("%s since %s because %s; %s."):format(verb.perfect, clock(call.at), because(chain),
    confirmation(outcomes))
  return text, steps
end

-- The value is the one that was set, but the hub has a later time for it.
local function overtaken(found, verb, by_number, clock, at)
  local call = found.last
  local steps = steps_of(call, found.answers, by_number)
  steps[#steps + 1] = {
    kind = "event", at = at, text = "it was changed elsewhere, or reported again",
  }
  local text = ("%s since %s. %s set it at %s, but it was changed elsewhere later, or reported "
    .. "again."):format(verb.perfect, clock(at), call.handler or "A program", clock(call.at))
  return text, steps
end

local function from_elsewhere(event, verb, clock)
  local value = format_value(plain(event.value))
  local text = ("%s since %s: it was changed elsewhere, not by a program here.")
    :format(verb.perfect, clock(event.at))
  if event.missed then
    text = ("%s: it was changed elsewhere during an outage, which was found at %s.")
      :format(verb.present, clock(event.at))
  end
  local what = ("%s: %s became %s"):format(event.name, event.capability, value)
  return text, { step(event, "event", what) }
end

local function unheard(last, verb, clock, at)
  local text = at and ("%s since %s"):format(verb.perfect, clock(at)) or verb.present
  if not last then return text .. ". No change by a program here is known.", {} end
  return text .. ": it was changed elsewhere, while no program listened.", {}
end

local function explain(found, known, by_number, clock, at)
  local last, value = found.last, format_value(known.value)
  local verb = { perfect = "has been " .. value, present = "is " .. value }
  local is_newer = last and at and at > last_heard(found) + slack
  local holds = last and is_same(known, plain(last.value), known.value)
  if not holds then return unheard(last, verb, clock, at) end
  if last.kind == "call" then
    return (is_newer and overtaken or of_our_own)(found, verb, by_number, clock, at)
  end
  if is_newer then return unheard(last, verb, clock, at) end
  return from_elsewhere(last, verb, clock)
end

local function failed_attempt(failed, clock)
  return (" At %s %s failed to set it to %s: %s"):format(clock(failed.call.at),
    failed.call.handler or "a program", format_value(plain(failed.call.value)), failed.answer.error)
end

--- Explain why a capability of a device has its value.
---@param home homey.Home
---@param device homey.Device
---@param capability string
---@param entries? homey.Entry[]  of the journal, where they were read already
---@return string sentence
---@return homey.Step[] steps  in their order; none where nothing is known
return function(home, device, capability, entries)
  device:get(capability)
  device:value(capability)
  entries = entries or home.journal and home.journal:entries() or {}
  local clock = clock_of(home)
  local by_number, outcomes = index(entries)
  local found = decisive(entries, by_number, outcomes, device, capability)
  local known, at = known_facts.all(device)[capability], time_of(device, capability)
  local text, steps = explain(found, known, by_number, clock, at)
  if found.failed then
    text = text .. failed_attempt(found.failed, clock)
    add_call(steps, found.failed.call)
    add_outcomes(steps, { found.failed.answer })
  end
  return visible(("%s: %s %s"):format(tostring(device), capability, text)), steps
end
