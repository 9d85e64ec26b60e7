-- Routes of the page: the home, its events, the scripts, the journal, why, and set.

local Feed = require "homey.cli.http.feed"
local Streams = require "homey.page.streams"
local await = require "homey.cli.http.await"
local call_facts = require "homey.cli.call_facts"
local calls = require "homey.journal.calls"
local core = require "homey.core"
local encoding = require "homey.sim.http.encoding"
local error_text = require "homey.util.error_text"
local explain = require "homey.journal.why"
local guard = require "homey.page.guard"
local home_facts = require "homey.cli.http.home_facts"
local home_location = require "homey.model.home_location"
local number_text = require "homey.util.number_text"
local resource_types = require "homey.model.resource_types"
local response = require "homey.sim.http.response"
local try = require "homey.task.try"

local most_calls = 500   -- of the journal: the newest
local lasting = 2        -- seconds for which the entries of the journal are cached
local day = 86400        -- seconds
local longest_last = 366 * day

---@class homey.cli.PageContext  what the page shows
---@field home homey.Home
---@field scope homey.Scope       in which its tasks run
---@field may_write boolean
---@field name fun(): string      of the home
---@field is_online fun(): boolean  is the program logged in?
---@field scripts fun(): table[]  see cli/runner/script_facts.lua
---@field follow_log fun(f: fun(level: string, text: string, file: string?)): fun()
---@field changed fun(f: fun())   f is called when the scripts have changed
---@field read? {n: integer, entries: homey.Entry[]}  cached entries of the journal

-- ---- answers ------------------------------------------------------------------------------------

local refuse = guard.refuse

local statuses = {
  invalid = 400, credentials = 503, expired = 503, unauthorized = 503, forbidden = 403,
  not_found = 404, ambiguous = 404, unavailable = 409, rate_limited = 429, offline = 503,
  timeout = 504,
}

local function failed(err)
  local kind = type(err) == "table" and err.kind
  return refuse(kind and statuses[kind] or kind and 502 or 500, (error_text(err)))
end

-- Waits for f as a task, and answers with what it returns.
local function answer(context, f, ...)
  local result, err = await(context.scope, {}, f, ...)
  if err then return failed(err) end
  return response.json(200, result)
end

local not_online = "this program is not logged in to the hub yet; its log says why."

-- ---- the home -----------------------------------------------------------------------------------

-- Reads the devices unless events keep them up to date. Returns the reason of a failure.
local function refresh(context, feed)
  local home, stops = context.home, feed.stops
  if not context.is_online() then return not_online end
  if home.cache and home.cache.was_up == false then return "the hub cannot be reached." end
  if feed.is_synced then return nil end
  local _, err = try(home.directory.read, home.directory, resource_types.device.reads)
  if err then return (error_text(err)) end
  feed.is_synced = stops ~= nil and stops == feed.stops and home.connected or nil
end

-- Shows the last known values when the hub cannot be reached.
local function home_of(context, feed)
  local home, problem = context.home, refresh(context, feed)
  local place = problem and home.place or not problem and try(home_location.of, home)
  local zones, devices = home_facts.lists(home)
  return {
    name = context.name() or "Home", mode = "run", writable = context.may_write,
    connected = problem == nil, problem = problem,
    timezone = place and place.timezone or nil, time = home.scheduler.core_loop:time(),
    zones = zones, devices = devices,
  }
end

-- ---- the journal and why ------------------------------------------------------------------------

-- Caches the entries: one click sends a request for each value of a device, and reading the files
-- takes 0.1 s.
local function entries_of(context)
  local journal, read = context.home.journal, context.read
  if read and read.n == journal.n then return read.entries end
  read = { n = journal.n, entries = journal:entries() }
  context.read = read
  context.home.scheduler:background_timer(lasting, function()
    if context.read == read then context.read = nil end
  end)
  return read.entries
end

local function journal_of(context, last)
  local home = context.home
  local since, list = home.scheduler.core_loop:time() - last, {}
  local all = calls(function(f)
    for _, entry in ipairs(entries_of(context)) do f(entry) end
  end)
  for i = math.max(#all - most_calls, 0) + 1, #all do
    if all[i].call.at >= since then list[#list + 1] = call_facts(home, all[i]) end
  end
  return setmetatable(list, core.array)
end

local function why(context, device, capability)
  local home = context.home
  local sentence, steps = explain(home, home:device(device), capability, entries_of(context))
  return { text = sentence, steps = setmetatable(steps, core.array) }
end

-- ---- set ----------------------------------------------------------------------------------------

local types = { boolean = true, number = true, string = true }

local function change_of(body)
  local change, problem = core.decode(body)
  if problem then return nil, ("the body is not valid JSON: %s."):format(problem) end
  local is_right = type(change) == "table" and type(change.device) == "string"
    and type(change.capability) == "string" and types[type(change.value)]
  if is_right then return change end
  return nil, "send an object with device, capability and value."
end

local function set(home, change)
  home:device(change.device):set(change.capability, change.value)
  return {}
end

local function on_set(context, req)
  if not context.may_write then
    return refuse(403, "this page is read-only. Start homey run with --http-write to allow sets.")
  end
  local wrong_type = guard.not_json(req)
  if wrong_type then return wrong_type end
  local change, problem = change_of(req.body)
  if not change then return refuse(400, problem) end
  local cause = { handler = "the page", depth = 0, at = context.home.scheduler.core_loop:time() }
  local _, err = await(context.scope, { cause = cause }, set, context.home, change)
  if err then return failed(err) end
  return response.text(204, "application/json", "")
end

-- ---- routes -------------------------------------------------------------------------------------

local function fields_of(req)
  return encoding.form(req.query or "", true)
end

local function on_journal(context, req)
  local given = fields_of(req).last
  local last = given == nil and day or number_text.read(given)
  if not last or last < 0 or last > longest_last then
    return refuse(400, "last is a number of seconds, up to a year.")
  end
  return answer(context, journal_of, context, last)
end

local function on_why(context, req)
  local fields = fields_of(req)
  if not (fields.device and fields.capability) then
    return refuse(400, "name the device and the capability: why?device=ID&capability=NAME.")
  end
  return answer(context, why, context, fields.device, fields.capability)
end

local function on_stream(feed, streams)
  local stream = streams:answer {}
  if not stream.serve then return stream end
  local serve = stream.serve
  function stream.serve(socket)
    serve(socket)
    feed:left()
  end
  feed:begin()
  return stream
end

--- The routes.
---@param context homey.cli.PageContext
---@return homey.cli.HttpRoute[]
return function(context)
  local streams = Streams.new()
  local feed = Feed.new(context, streams)
  context.changed(function() feed:scripts_changed() end)
  local function online(handle)
    return function(req)
      if not context.is_online() then return refuse(503, not_online) end
      return handle(req)
    end
  end
  local function route(method, name, handle)
    return { method = method, pattern = "^(/page/" .. name .. ")$", handle = handle }
  end
  return {
    route("GET", "home", function() return answer(context, home_of, context, feed) end),
    route("GET", "stream", function() return on_stream(feed, streams) end),
    route("GET", "scripts", function() return response.json(200, context.scripts()) end),
    route("GET", "journal", function(req) return on_journal(context, req) end),
    route("GET", "why", online(function(req) return on_why(context, req) end)),
    route("POST", "set", online(function(req) return on_set(context, req) end)),
  }
end
