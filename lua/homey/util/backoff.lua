-- Backoff: when to retry after a transient error. The hub is off, the network is down, a device is
-- out of reach, a web page answers in place of the hub, or the login cannot be saved. The next
-- attempt comes when the connection or the device is back, and before that after growing pauses.

local backoff = {}

local first, most = 5, 300 -- seconds until the next try: at first, and at most

local passing = {}
for kind in ("offline timeout network tls hub unavailable rate_limited"):gmatch("[%a_]+") do
  passing[kind] = true
end

--- May a retry succeed? A malformed answer with a status comes from a captive portal or a router,
--- and a failing store from a disk that is full or read-only: both may end.
---@param err any
---@return boolean
function backoff.is_transient(err)
  if type(err) ~= "table" then return false end
  if err.kind == "protocol" then return err.status ~= nil end
  if err.step == "store" then return true end
  return passing[err.kind] == true and (err.kind ~= "hub" or not err.status or err.status >= 500)
end

--- Seconds until the next attempt.
---@param tries integer  failed attempts so far
---@return number
function backoff.delay(tries)
  return math.min(first * 2 ^ (tries - 1), most)
end

local function is_out_of_reach(device)
  return device.record and not device.record.available
end

-- Calls f when the hub is back, or a device that was out of reach.
local function listen(live, devices, f)
  local out = {}
  for _, device in ipairs(devices) do out[device] = is_out_of_reach(device) or nil end
  local stop_connect = live:listen("connect", f)
  local stop_update = live:listen("device.update", function(event)
    if out[event.device] and not is_out_of_reach(event.device) then f() end
  end)
  return function()
    stop_connect()
    stop_update()
  end
end

-- True when the connection came back during the last attempt.
local function has_returned(home, since)
  local live = home.cache
  return live and live.connected_at ~= nil and live.connected_at >= since
end

--- Call f when the next attempt is due.
---@param home homey.Home
---@param seconds number  at the latest
---@param devices homey.Device[]  those that the attempt is about
---@param since number     start of the failed attempt, on the monotonic clock
---@param f fun()
---@return fun() cancel
function backoff.later(home, seconds, devices, since, f)
  local unlisten, stop_timer
  local function stop()
    stop_timer()
    if unlisten then unlisten() end
  end
  local function go()
    stop()
    f()
  end
  if has_returned(home, since) then seconds = math.min(seconds, first) end
  stop_timer = home.scheduler:later(seconds, go)
  unlisten = home.cache and listen(home.cache, devices, go)
  return stop
end

return backoff
