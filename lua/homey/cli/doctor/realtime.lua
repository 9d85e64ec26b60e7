-- Checks of events: the websocket, a call over it, a subscription, and a ping.

local Promise = require "homey.net.promise"
local new_error = require "homey.error"
local raise = require "homey.util.raise"

local function error_of(state)
  return new_error(state.kind or "network", state.message or "the connection was lost.",
    { status = state.status })
end

-- Subscribes, and calls f with each event.
local function listen(patient, uri, f)
  local id, kind, message = patient.home.client:subscribe(uri)
  if not id then raise(new_error(kind --[[@as string]], message --[[@as string]])) end
  patient.scheduler.listeners[id] = f
end

local ends = { disconnected = true, refused = true, failed = true }

local function follow_connection(patient, up)
  listen(patient, "homey:connection", function(state)
    if type(state) ~= "table" or not state.state then return end
    patient.connection = state
    if state.state == "connected" then
      up:resolve()
    elseif ends[state.state] and not state.handover then
      patient.lost = error_of(state)
      up:reject(patient.lost)
    end
  end)
end

local function milliseconds(patient, f)
  local clock = patient.scheduler.core_loop
  local began = clock:now()
  f()
  return math.floor((clock:now() - began) * 1000 + 0.5)
end

-- A check fails when the connection is lost during it, even if it is restored.
local function unless_lost(patient, f)
  patient.lost = nil
  local ms = milliseconds(patient, f)
  if patient.lost then raise(patient.lost) end
  return ms
end

local function check_websocket(patient, say)
  local up = Promise.new(patient.scheduler)
  local ms = milliseconds(patient, function()
    follow_connection(patient, up)
    up:wait()
  end)
  say("ok", "websocket", ("connected in %d ms"):format(ms))
end

local function check_call(patient, say)
  local ms = unless_lost(patient, function()
    patient:await(patient.home.client:request("GET", "/api/manager/sessions/session/me", nil, {
      operation = "getSessionMe", manager = "homey:manager:sessions", args = {}, once = true,
      timeout = patient.timeout,
    }))
  end)
  say("ok", "call", ("answered over the websocket in %d ms"):format(ms))
end

local function check_subscription(patient, say)
  local done = Promise.new(patient.scheduler)
  local ms = unless_lost(patient, function()
    listen(patient, "homey:manager:devices", function(_, err, name)
      if err then done:reject(err) elseif name == "homey:subscribed" then done:resolve() end
    end)
    done:wait()
  end)
  say("ok", "subscription", ("events of devices arrive; confirmed in %d ms"):format(ms))
end

local function check_ping(patient, say)
  local ms = unless_lost(patient, function() patient:await(patient.home.client:ping()) end)
  say("ok", "ping", ("answered in %d ms"):format(ms))
end

local function has_no_session(patient)
  return not patient.session and "there is no login to the hub." or nil
end

return {
  { name = "websocket", what = "websocket", needs = { "session" }, skip = has_no_session,
    run = check_websocket, late = "the hub has not opened a websocket" },
  { name = "call", what = "call", needs = { "websocket" }, skip = has_no_session,
    run = check_call },
  { name = "subscription", what = "subscription", needs = { "websocket" }, skip = has_no_session,
    run = check_subscription, late = "the hub has not confirmed a subscription" },
  { name = "ping", what = "ping", needs = { "websocket" }, skip = has_no_session,
    run = check_ping, late = "the hub has not answered a ping" },
}
