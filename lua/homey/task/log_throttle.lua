-- Log throttle: a message that repeats is logged once, and then counted. After ten minutes one line
-- has the count: "... and 37 more like it in the last 10 min".
--
-- Invariant: each key logs at most `burst` lines and one more in ten minutes, and there are at most
-- `most` keys. A message that does not repeat needs no timer.

local backoff = require "homey.util.backoff"

local window = 600 -- seconds
local most = 500   -- keys; what is beyond that shares one

---@class homey.Throttled   one key
---@field since number    start of its window, on the monotonic clock
---@field logged integer  lines in this window
---@field count integer   lines that were not logged
---@field last? {level: string, text: string}  the last of these
---@field timer? fun()    cancels the end of the window
---@field say? fun(level: string, text: string)  logs the count

local log_throttle = {}

local expected = { cancelled = true, credentials = true, expired = true, unauthorized = true }

--- Does an error come from the state of the hub, the network or the login, and not from a bug? Such
--- an error needs no traceback. Of several at once each must be such an error.
---@param err any
---@return boolean
function log_throttle.is_expected(err)
  if type(err) ~= "table" then return false end
  for _, each in ipairs(type(err.errors) == "table" and err.errors or {}) do
    if not (expected[each.kind] or backoff.is_transient(each)) then return false end
  end
  return expected[err.kind] == true or backoff.is_transient(err)
end

local function drop_old(entries, now)
  local n = 0
  for key, entry in pairs(entries) do
    if not entry.timer and now - entry.since >= window then entries[key] = nil else n = n + 1 end
  end
  return n
end

local function entry_of(entries, key, now)
  local entry = entries[key]
  if entry and (entry.timer or now - entry.since < window) then return entry end
  if drop_old(entries, now) >= most then key = "others" end
  entries[key] = entries[key] or { since = now, logged = 0, count = 0 }
  return entries[key]
end

-- Logs the count and begins a new window.
local function end_window(scheduler, entry)
  local last, say = entry.last, entry.say
  local text = ("%s ... and %d more like it in the last 10 min"):format(last.text, entry.count)
  entry.since, entry.logged, entry.count, entry.last, entry.timer = scheduler.core_loop:now(), 1, 0,
    nil, nil
  entry.say = nil
  say(last.level, text)
end

--- Log a message, or count it if one of the same key was logged in the last ten minutes.
---@param scheduler homey.Scheduler
---@param key string   messages with the same key count as the same
---@param level "debug"|"info"|"warning"|"error"
---@param text string
---@param say fun(level: string, text: string)
---@param burst? integer  lines of a key before counting begins; 1
function log_throttle.say(scheduler, key, level, text, say, burst)
  local now = scheduler.core_loop:now()
  scheduler.throttled = scheduler.throttled or {}
  local entry = entry_of(scheduler.throttled, key, now)
  if entry.logged < (burst or 1) then
    entry.logged = entry.logged + 1
    return say(level, text)
  end
  entry.count, entry.last, entry.say = entry.count + 1, { level = level, text = text }, say
  entry.timer = entry.timer
    or scheduler:background_timer(math.max(entry.since + window - now, 0), function()
    end_window(scheduler, entry)
  end)
end

--- Log all counts now, as the program ends.
---@param scheduler homey.Scheduler
function log_throttle.flush(scheduler)
  local list = {}
  for key, entry in pairs(scheduler.throttled or {}) do
    if entry.timer then list[#list + 1] = key end
  end
  table.sort(list)
  for _, key in ipairs(list) do
    local entry = scheduler.throttled[key]
    entry.timer()
    end_window(scheduler, entry)
  end
end

return log_throttle
