-- Trying again what failed for a reason that passes: the hub is off, the network is down, a device is out of reach, a web
-- page answers in place of the hub, the login cannot be saved. It is tried as soon as the connection or the device is back,
-- and now and then before that, ever more seldom.

local backoff = {}

local first, most = 5, 300 -- seconds until the next try: at first, and at most

local passing = {}
for kind in ("offline timeout network tls hub unavailable rate_limited"):gmatch("[%a_]+") do passing[kind] = true end

--- May the same succeed a little later? An answer with a status that makes no sense is that of a captive portal or a router's
--- page, and gone when the line is right again; a store that fails has a full disk, or one that is read-only.
---@param err any
---@return boolean
function backoff.is_transient(err)
  if type(err) ~= "table" then return false end
  if err.kind == "protocol" then return err.status ~= nil end
  if err.step == "store" then return true end
  return passing[err.kind] == true and (err.kind ~= "hub" or not err.status or err.status >= 500)
end

--- Seconds until the next try.
---@param tries integer  so far, since it began to fail
---@return number
function backoff.delay(tries)
  return math.min(first * 2 ^ (tries - 1), most)
end

local function is_out_of_reach(device)
  return device.record and not device.record.available
end

-- Call f when the hub is back, or one of the devices that are out of reach.
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

-- What came back while the last try was under way may have come too late for it.
local function has_returned(home, since)
  local live = home.cache
  return live and live.connected_at ~= nil and live.connected_at >= since
end

--- Call f once it is worth another try.
---@param home homey.Home
---@param seconds number  at the latest
---@param devices homey.Device[]  for which it is tried
---@param since number     when the try that failed began, on the clock that never jumps
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
