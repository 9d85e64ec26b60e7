-- homey.why(device, capability): what led to a value, as a sentence and as steps: event -> handler -> call -> answer ->
-- echo.

local Place = require "homey.time.location"
local core = require "homey.core"
local instant = require "homey.time.timestamp"
local is_same = require("homey.model.capability").is_same
local places = require "homey.model.home_location"
local show = require "homey.util.format"
local try = require "homey.task.try"
local visible = require("homey.util.text").visible

local deepest = 10 -- causes of causes that are told
local slack = 5    -- seconds that a device takes to confirm what it was set to, and by which two clocks may differ

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

---@class homey.Decisive  what is known of how a value came to be what it is
---@field last? homey.Entry     an event from elsewhere, or a call of ours
---@field answers homey.Entry[]  to that call, and its echoes
---@field again? homey.Entry    by which the same value was reported since
---@field failed? table         the last call that failed since, and its answer

-- What last made the value what it is.
local function decisive(entries, by_number, outcomes, device, capability)
  local found = { answers = {} }
  local function take(entry)
    if entry.kind == "event" then
      if entry.again then found.again = found.again or entry else found.last = entry end
      return
    end
    local call = entry.kind == "call" and entry or entry.cause and by_number[key(entry, entry.cause)]
    local failed = found.failed
    if entry.error then
      found.failed = failed or call and { call = call, answer = entry }
    elseif call and not (failed and failed.call == call) then
      found.last, found.answers = call, outcomes[key(call, call.n)] or {}
    end
  end
  for i = #entries, 1, -1 do
    if is_about(entries[i], device, capability) then take(entries[i]) end
    if found.last then break end
  end
  return found
end

-- When the value was last what it is, as far as anybody here has heard: by the hub's clock where it has told.
local function last_heard(found)
  local function time(entry) return entry and (entry.hub_at or entry.at) or 0 end
  local latest = math.max(time(found.last), time(found.again))
  for _, each in ipairs(found.answers) do latest = math.max(latest, time(each)) end
  return latest
end

local function words(entry)
  if not entry.capability and entry.name and entry.value ~= nil then return ("%s = %s"):format(entry.name, show(plain(entry.value))) end
  if not entry.capability then return entry.name or entry.because or "something" end
  return ("%s: %s = %s"):format(entry.name, entry.capability, show(plain(entry.value)))
end

-- The call of ours whose echo, or whose running out, set off another; and whether it was by its echo.
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
    kind = kind, text = visible(text), at = entry.at, handler = entry.handler, device = entry.device,
    capability = entry.capability, value = plain(entry.value), error = entry.error,
  }
end

local function add_call(steps, call)
  if call.because then steps[#steps + 1] = { kind = "event", at = call.because_at, text = visible(call.because) } end
  if call.because and call.handler then
    steps[#steps + 1] = { kind = "handler", at = call.because_at, handler = call.handler, text = visible(call.handler) .. " was called" }
  end
  steps[#steps + 1] = step(call, "call", words(call))
end

local function add_outcomes(steps, outcomes)
  for _, entry in ipairs(outcomes) do
    local said = entry.error and "the hub refused: " .. entry.error or "the hub confirmed it"
    if entry.kind == "echo" then said = "the hub told that it is so" end
    steps[#steps + 1] = step(entry, entry.kind, said)
  end
end

-- How moments are told: by the clocks of the home, without the date where that is today's.
local function clock_of(home)
  local place = try(places.of, home) or Place.new {}
  local function date(format, at) return os.date("!" .. format, math.floor(place:wall(at))) end
  local today = date("%Y-%m-%d", home.scheduler.core_loop:time())
  return function(at) return date(date("%Y-%m-%d", at) == today and "%H:%M:%S" or "%Y-%m-%d %H:%M:%S", at) end
end

local function confirmation(outcomes)
  return #outcomes > 0 and "the hub confirmed it" or "the hub's answer was not noted"
end

-- "Hall/Motion: alarm_motion became true -> evening.lua:12 set it"
local function because(chain)
  local parts = {}
  for i, link in ipairs(chain) do
    local call = link.call
    if call.because and (i == 1 or not link.by_echo) then parts[#parts + 1] = call.because end
    parts[#parts + 1] = ("%s set %s"):format(call.handler or "a program", i == #chain and "it" or words(call))
  end
  return table.concat(parts, " -> ")
end

-- The hub's own word for when the value came.
local function since(device, capability)
  local ms = instant.ms(device.capabilities[capability].updated)
  return ms and ms / 1000
end

local function steps_of(call, outcomes, by_number)
  local chain, steps = chain_to(call, by_number), {}
  for _, link in ipairs(chain) do add_call(steps, link.call) end
  add_outcomes(steps, outcomes)
  return steps, chain
end

local function of_our_own(found, by_number, clock)
  local call, outcomes = found.last, found.answers
  local steps, chain = steps_of(call, outcomes, by_number)
  return (" since %s because %s; %s."):format(clock(call.at), because(chain), confirmation(outcomes)), steps
end

-- It is what we have set it to, but the hub has heard of it since: from whom and how often it has changed nobody knows.
local function overtaken(found, by_number, clock, at)
  local call = found.last
  local steps = steps_of(call, found.answers, by_number)
  steps[#steps + 1] = { kind = "event", at = at, text = "it was changed elsewhere, or reported anew" }
  return (" since %s: %s set it at %s, but it was changed elsewhere since, or reported anew."):format(clock(at),
    call.handler or "a program", clock(call.at)), steps
end

local function from_elsewhere(event, clock)
  local how = event.missed and ", while nothing could be heard; found at " .. clock(event.at) or ""
  local text = (" since %s: nobody here did it, it was changed elsewhere%s."):format(clock(event.at), how)
  if event.missed then text = (": nobody here did it, it was changed elsewhere%s."):format(how) end
  return text, { step(event, "event", ("%s: %s became %s"):format(event.name, event.capability, show(plain(event.value)))) }
end

local function unheard(last, clock, at)
  local when = at and " since " .. clock(at) or ""
  if not last then return when .. ": nothing here has changed it, as far as is known.", {} end
  return ("%s: nobody here did it, it was changed elsewhere, while nobody listened."):format(when), {}
end

local function explain(found, known, by_number, clock, at)
  local last = found.last
  local is_newer = last and at and at > last_heard(found) + slack
  if not last or not is_same(known, plain(last.value), known.value) then return unheard(last, clock, at) end
  if last.kind == "call" then return (is_newer and overtaken or of_our_own)(found, by_number, clock, at) end
  if is_newer then return unheard(last, clock, at) end
  return from_elsewhere(last, clock)
end

local function attempt(failed, clock)
  return (" At %s %s tried to set it to %s, in vain: %s"):format(clock(failed.call.at),
    failed.call.handler or "a program", show(plain(failed.call.value)), failed.answer.error)
end

--- Why a capability of a device is as it is.
---@param home homey.Home
---@param device homey.Device
---@param capability string
---@return string sentence
---@return homey.Step[] steps  the first one first; none where nothing is known
return function(home, device, capability)
  device:get(capability)
  local value, clock = device:value(capability), clock_of(home)
  local entries = home.journal and home.journal:entries() or {}
  local by_number, outcomes = index(entries)
  local found = decisive(entries, by_number, outcomes, device, capability)
  local text, steps = explain(found, device.capabilities[capability], by_number, clock, since(device, capability))
  if found.failed then
    text = text .. attempt(found.failed, clock)
    add_call(steps, found.failed.call)
    add_outcomes(steps, { found.failed.answer })
  end
  return visible(("%s: %s is %s%s"):format(tostring(device), capability, show(value), text)), steps
end
