-- homey.why(device, capability): what led to a value, as a sentence and as steps: event -> handler -> call -> answer ->
-- echo.

local core = require "homey.core"
local instant = require "homey.instant"
local show = require "homey.show"

local deepest = 10 -- causes of causes that are told

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

-- What last made the value what it is: an event from elsewhere, or a call of ours; and the last call that failed since.
local function decisive(entries, by_number, outcomes, device, capability)
  local failed
  for i = #entries, 1, -1 do
    local entry = entries[i]
    if is_about(entry, device, capability) then
      if entry.kind == "event" then return entry, failed end
      local call = entry.kind == "call" and entry or entry.cause and by_number[key(entry, entry.cause)]
      if entry.error then
        failed = failed or call and { call = call, answer = entry }
      elseif call and not (failed and failed.call == call) then
        return call, failed, outcomes[key(call, call.n)] or {}
      end
    end
  end
  return nil, failed
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
    kind = kind, text = text, at = entry.at, handler = entry.handler, device = entry.device,
    capability = entry.capability, value = plain(entry.value), error = entry.error,
  }
end

local function add_call(steps, call)
  if call.because then steps[#steps + 1] = { kind = "event", at = call.because_at, text = call.because } end
  if call.because and call.handler then
    steps[#steps + 1] = { kind = "handler", at = call.because_at, handler = call.handler, text = call.handler .. " was called" }
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

local function clock(at, now)
  local today = os.date("%Y-%m-%d", math.floor(at)) == os.date("%Y-%m-%d", math.floor(now))
  return os.date(today and "%H:%M:%S" or "%Y-%m-%d %H:%M:%S", math.floor(at))
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

local function of_our_own(call, outcomes, by_number, now)
  local chain, steps = chain_to(call, by_number), {}
  for _, link in ipairs(chain) do add_call(steps, link.call) end
  add_outcomes(steps, outcomes)
  return (" since %s because %s; %s."):format(clock(call.at, now), because(chain), confirmation(outcomes)), steps
end

local function from_elsewhere(event, now)
  local how = event.missed and ", while nothing could be heard; found at " .. clock(event.at, now) or ""
  local text = (" since %s: nobody here did it, it was changed elsewhere%s."):format(clock(event.at, now), how)
  if event.missed then text = (": nobody here did it, it was changed elsewhere%s."):format(how) end
  return text, { step(event, "event", ("%s: %s became %s"):format(event.name, event.capability, show(plain(event.value)))) }
end

local function unheard(device, capability, last, now)
  local at = since(device, capability)
  local when = at and " since " .. clock(at, now) or ""
  if not last then return when .. ": nothing here has changed it, as far as is known.", {} end
  return ("%s: nobody here did it, it was changed elsewhere, while nobody listened."):format(when), {}
end

local function attempt(failed, now)
  return (" At %s %s tried to set it to %s, in vain: %s"):format(clock(failed.call.at, now),
    failed.call.handler or "a program", show(plain(failed.call.value)), failed.answer.error)
end

--- Why a capability of a device is as it is.
---@param home homey.Home
---@param device homey.Device
---@param capability string
---@return string sentence
---@return homey.Step[] steps  the first one first; none where nothing is known
return function(home, device, capability)
  local value, now = device:get(capability), home.reactor.seam:time()
  local entries = home.journal and home.journal:entries() or {}
  local by_number, outcomes = index(entries)
  local last, failed, answers = decisive(entries, by_number, outcomes, device, capability)
  local text, steps
  if not last or plain(last.value) ~= value then
    text, steps = unheard(device, capability, last, now)
  elseif last.kind == "call" then
    text, steps = of_our_own(last, answers, by_number, now)
  else
    text, steps = from_elsewhere(last, now)
  end
  if failed then
    text = text .. attempt(failed, now)
    add_call(steps, failed.call)
    add_outcomes(steps, { failed.answer })
  end
  return ("%s: %s is %s%s"):format(tostring(device), capability, show(value), text), steps
end
