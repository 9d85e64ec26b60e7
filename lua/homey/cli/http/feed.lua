-- Feed of the page: sends the events of the home and of the scripts to connected browsers.
--
-- Invariant: it has no listeners while no browser is connected.

local Cache = require "homey.realtime.cache"
local format = require "homey.util.format"
local home_facts = require "homey.cli.http.home_facts"
local text = require "homey.util.text"
local trigger = require "homey.automation.trigger"
local try = require "homey.task.try"

local pause = 2             -- seconds between two attempts to listen to a hub that is away
local rest = 1              -- seconds between two notes that the scripts have changed
local longest = 1000        -- bytes of a line of the log
local most_unanswered = 500 -- changes

---@class homey.cli.Feed
---@field context homey.cli.PageContext
---@field streams homey.page.Streams
---@field stops? (fun())[]  functions that remove the listeners; nil while no browser is connected
---@field unanswered table<integer, table>  changes that wait for their answer, as sent to browsers
---@field is_synced? boolean  events keep the known values up to date
local Feed = { __name = "homey.cli.Feed" }
Feed.__index = Feed

--- Make a feed. It has no listeners yet.
---@param context homey.cli.PageContext
---@param streams homey.page.Streams
---@return homey.cli.Feed
function Feed.new(context, streams)
  return setmetatable({ context = context, streams = streams }, Feed)
end

-- ---- what happens at home -----------------------------------------------------------------------

local function on_value(self, event)
  if not event.capability or event.anew then return end
  self.streams:publish("value", {
    id = event.subject.id, capability = event.capability, value = home_facts.value(event.value),
    at = event.at,
  })
end

local function on_device(self, event)
  local device = event.subject
  if device.gone or not device.record then
    return self.streams:publish("device", { id = device.id, gone = true })
  end
  self.streams:publish("device", home_facts.device(device))
end

-- Watches the cache directly: it also reports corrections of old values, which triggers ignore.
local function watch_devices(self, home, cache)
  local function devices() return home.directory:list "device" end
  return trigger.for_all(cache, devices, function(device)
    return cache:watch(device, function(event) on_value(self, event) end)
  end)
end

local of_device = { "device.create", "device.update", "device.delete", "device.lost" }
local of_home = {
  "zone.create", "zone.update", "zone.delete", "connect", "disconnect", "stale",
}

local function listen(self)
  local home, stops = self.context.home, self.stops
  local cache = Cache.of(home, "device")
  if self.stops ~= stops then return end -- the browser has left meanwhile
  stops[#stops + 1] = watch_devices(self, home, cache)
  for _, name in ipairs(of_device) do
    stops[#stops + 1] = cache:listen(name, function(event) on_device(self, event) end)
  end
  for _, name in ipairs(of_home) do
    stops[#stops + 1] = cache:listen(name, function() self.streams:publish("home", {}) end)
  end
  return true
end

local function listen_patiently(self)
  local stops = self.stops
  local context, is_late = self.context, false
  local scheduler = context.home.scheduler
  while self.stops == stops and not (context.is_online() and try(listen, self)) do
    is_late = true
    scheduler:sleep(pause)
  end
  if is_late then self.streams:publish("home", {}) end
end

--- Report that the scripts have changed. Browsers are notified at most once a second.
function Feed:scripts_changed()
  if not self.stops or self.noting then return end
  self.noting = self.context.home.scheduler:background_timer(rest, function()
    self.noting = nil
    self.streams:publish("scripts", {})
  end)
end

-- ---- what the scripts do ------------------------------------------------------------------------

local function on_log(self, level, message, file)
  self.streams:publish("log", {
    at = self.context.home.scheduler.core_loop:time(), level = level,
    by = file and text.visible(file),
    text = text.visible(message:sub(1, longest), true) .. (#message > longest and "..." or ""),
  })
end

local function text_of(entry)
  if not entry.capability then return entry.name end
  return ("%s: %s = %s"):format(entry.name, entry.capability, format(entry.value))
end

local function on_call(self, entry)
  local told = {
    n = entry.n, at = entry.at, text = text_of(entry), device = entry.device,
    capability = entry.capability, by = entry.handler, because = entry.because,
    value = entry.capability and home_facts.value(entry.value),
  }
  self.calls = (self.calls or 0) + 1
  if self.calls % most_unanswered == 0 then self.unanswered = {} end -- raw requests get no answer
  self.unanswered[entry.n] = told
  self.streams:publish("log", told)
end

-- Sends a failed change again, with the same number and the error.
local function on_answer(self, entry)
  local told = self.unanswered[entry.cause]
  self.unanswered[entry.cause] = nil
  if not told or not entry.error then return end
  told.level, told.text = "error", ("%s (%s)"):format(told.text, entry.error)
  self.streams:publish("log", told)
end

local function on_entry(self, entry)
  if entry.kind == "call" then return on_call(self, entry) end
  if entry.kind == "answer" and entry.cause then return on_answer(self, entry) end
end

-- ---- browsers -----------------------------------------------------------------------------------

--- A browser has connected: start listening if it is the first.
function Feed:begin()
  if self.stops then return end
  local context = self.context
  self.unanswered = {}
  self.stops = {
    context.follow_log(function(...) on_log(self, ...) end),
    context.home.journal:follow(function(entry) on_entry(self, entry) end),
  }
  self.task = context.scope:run(listen_patiently, self)
end

--- A browser has disconnected: stop listening if it was the last.
function Feed:left()
  if not self.stops or self.streams:has_readers() then return end
  local stops = self.stops
  self.stops, self.is_synced = nil, nil
  if self.noting then self.noting() end
  self.noting = nil
  self.task:cancel()
  for _, stop in ipairs(stops) do stop() end
end

return Feed
