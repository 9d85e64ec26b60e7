-- Triggers: handlers for events of a device, of all devices that match a filter, of a flow, a
-- variable, a user, and of the home.

local Handle = require "homey.task.handle"
local Handler = require "homey.automation.handler"
local Listeners = require "homey.realtime.listeners"
local Cache = require "homey.realtime.cache"
local Scope = require "homey.task.scope"
local capability = require "homey.model.capability"
local edge = require "homey.automation.edge"
local invalid = require "homey.util.invalid"
local known_facts = require "homey.model.known"
local lazy = require "homey.util.lazy"
local new_error = require "homey.error"
local events = require "homey.realtime.event"
local option_reader = require "homey.util.options"
local option_tables = require "homey.automation.options"
local raise = require "homey.util.raise"
local format = require "homey.util.format"
local resource_types = require "homey.model.resource_types"
local try = require "homey.task.try"
local watch = require "homey.automation.watch"

local event_names = lazy "homey.automation.event_names"
local asked = lazy "homey.automation.where"
local own_events = lazy "homey.automation.own_events"
local filter = lazy "homey.model.filter"
local silence = lazy "homey.automation.silence"
local suggest = lazy "homey.util.suggest"

local trigger = {}

-- options may be left out: on("onoff", f).
local function arguments(options, f)
  if f == nil and type(options) == "function" then return {}, options end
  return options, f
end

local goes_with_silent = { silent = true, once = true, mode = true }

local function check_silent(options, what)
  for name in pairs(options) do
    if not goes_with_silent[name] then
      invalid("%s: `silent` does not go with `%s`.", what, name)
    end
  end
end

--- The options of a trigger, checked.
---@param given? homey.TriggerOptions
---@param known? homey.Capability  nil: the trigger waits for an event, not for a value
---@param what string
---@param rows? homey.OptionRows   default: the rows of `on`
---@return homey.TriggerOptions
function trigger.options(given, known, what, rows)
  rows = rows or known and option_tables.trigger or option_tables.event
  local read = option_reader.read(rows, given, what)
  if read.missed and not read.held then invalid("%s: `missed` goes with `held`.", what) end
  if read.silent then check_silent(read, what) end
  edge.check(read, known, what)
  return read
end

-- ---- handles ----

-- The text of a cause is made when it is first read, which is seldom. A cause copies fields of the
-- event and keeps no reference to it: an event refers to its own cause, so a chain of handlers
-- would keep all its events in memory.
local Cause = {}

function Cause.__index(cause, name)
  if name ~= "text" then return nil end
  cause.text = events.describe(cause)
  return cause.text
end

--- Why a handler is called.
---@param event homey.Event
---@return homey.Cause
local function cause_of(event)
  local parent = event.cause
  return setmetatable({
    name = event.name, subject = event.subject, key = event.key, value = event.value, at = event.at,
    entry = event.entry, silent = event.silent, chain = event.chain,
    depth = parent and parent.depth + 1 or 0, handler = nil,
    of_error = event.name == "error" or nil,
  }, Cause)
end

-- Reports whether a function may use a third argument: for a value that is the event. PUC 5.1 does
-- not tell.
local function takes_third(f)
  local info = debug.getinfo(f, "u")
  return not info.nparams or info.isvararg or info.nparams >= 3
end

-- Makes the handle of a trigger: begin(fire, handler) starts to watch, and returns a function that
-- stops it.
local function attach(scheduler, home, what, options, f, begin)
  local scope = Scope.current(scheduler)
  local handler = Handler.new(f, options.mode, scope, what, cause_of)
  local handle, stop, err
  handle = Handle.new(scope, what, function()
    if stop then stop() end
  end, home)
  handle.handler, handler.options = handler, options
  local call, once, keeps = handler.call, options.once, takes_third(f)
  -- The last argument is the event, so it is never nil. Names cost less than `...`.
  local function fire(event, a, b, c)
    if not handle.active then return end
    if once then handle:cancel() end
    if keeps and c ~= nil then events.keep(c) end
    return call(handler, event, a, b, c)
  end
  stop, err = try(begin, fire, handler)
  if not stop then
    handle:cancel()
    raise(err)
  end
  if not handle.active then stop() end
  return handle
end

-- Calls fire(event, value, resource, event) for the values of a resource.
local function watch_value(cache, resource, key, options, fire, handler)
  if options.silent then
    return silence.start(cache, resource, key, options, fire, handler.place)
  end
  return watch.start(cache, resource, key, options, fire, nil, nil, handler.place)
end

-- As watch_value, for a single resource. Logs a warning when it is deleted: a resource that is
-- added again gets another id, so the handler is never called again.
local function watch_one(cache, resource, key, options, fire, handler)
  local stop = watch_value(cache, resource, key, options, fire, handler)
  local kind = getmetatable(resource).kind
  local function warn(event)
    if event.subject ~= resource or cache:may_return(resource) then return end
    handler.scope:log("warning",
      ("%s was deleted at the hub: %s is not called for it any more. If it was added again, "
        .. "restart the script.")
      :format(tostring(resource), handler.place))
  end
  local ends = { cache:listen(kind .. ".delete", warn), cache:listen(kind .. ".lost", warn) }
  return function()
    stop()
    for _, each in ipairs(ends) do each() end
  end
end

local function check_id(id, what)
  if type(id) == "string" and id ~= "" then return end
  invalid("%s takes a capability such as 'alarm_motion', not %s.", what, format(id))
end

--- device:on
---@param device homey.Device
---@param id string
---@param options? homey.TriggerOptions|function
---@param f? function
---@return homey.Handle
function trigger.on_device(device, id, options, f)
  options, f = arguments(options, f)
  check_id(id, "on")
  local cache = Cache.of(device.home, "device")
  local known = known_facts.of(device, id)
  if not known then
    raise(new_error("not_found", ("%s: it has no capability '%s'%s"):format(tostring(device), id,
      suggest.hint(id, suggest.keys(device.capabilities)))))
  end
  local what = ("%s:on(\"%s\")"):format(tostring(device), id)
  options = trigger.options(options, known, what)
  return attach(device.home.scheduler, device.home, what, options, f, function(fire, handler)
    return watch_one(cache, device, id, options, fire, handler)
  end)
end

--- Call start(device) for each device that matches, now and when one is added or starts to match.
--- What it returns is called when the device no longer matches.
---@param cache homey.Cache
---@param matching fun(): homey.Device[]
---@param start fun(device: homey.Device): fun()
---@return fun() stop
function trigger.for_all(cache, matching, start)
  local stops, ends, closed = {}, {}, false
  local function update()
    if closed then return end
    local here, found = {}, matching()
    for _, device in ipairs(found) do here[device] = true end
    for device, stop in pairs(stops) do
      if not here[device] and not (device.gone and cache:may_return(device)) then
        stops[device] = nil
        stop()
      end
    end
    for _, device in ipairs(found) do stops[device] = stops[device] or start(device) end
  end
  update()
  for _, name in ipairs {
    "device.create", "device.update", "device.delete", "device.lost", "zone.create", "zone.update",
    "zone.delete",
  } do
    ends[#ends + 1] = cache:listen(name, update)
  end
  return function()
    closed = true
    for _, stop in ipairs(ends) do stop() end
    for _, stop in pairs(stops) do stop() end
  end
end

local for_all = trigger.for_all

local function with_capability(devices, id)
  local list = {}
  for _, device in ipairs(devices) do
    if known_facts.of(device, id) then list[#list + 1] = device end
  end
  return list
end

--- selection:on
---@param home homey.Home
---@param wanted homey.Filter
---@param id string
---@param options? homey.TriggerOptions|function
---@param f? function
---@return homey.Handle
function trigger.on_selection(home, wanted, id, options, f)
  options, f = arguments(options, f)
  check_id(id, "on")
  local cache, directory = Cache.of(home, "device"), home.directory
  local prepared = filter.prepare(directory, wanted)
  local where = wanted.where
  prepared.where = nil
  local function matching() return with_capability(filter.matching(directory, prepared), id) end
  local example = matching()[1]
  -- raises an error when no device has this capability
  if not example and not resource_types.device.values[id] then
    filter.prepare(directory, { capability = id })
  end
  local what = ("devices:on(\"%s\")"):format(id)
  options = trigger.options(options, example and known_facts.of(example, id) or {}, what)
  return attach(home.scheduler, home, what, options, f, function(fire, handler)
    local is_wanted = where and asked(handler.scope, where)
    local fire_where = where and function(event, value, device, ...)
      if is_wanted(device) then fire(event, value, device, ...) end
    end
    return for_all(cache, matching, function(device)
      return watch_value(cache, device, id, options, fire_where or fire, handler)
    end)
  end)
end

-- ---- flows, variables, users ----

-- Calls fire for "update" and "delete" of one resource.
local function listen_of(cache, resource, names, options, fire)
  local kind, stops = getmetatable(resource).kind, {}
  for i, name in ipairs(names) do
    stops[i] = cache:listen(kind .. "." .. name, function(event)
      if event.subject ~= resource or event.base or event.own and options.own == false then
        return
      end
      fire(event, resource, event)
    end)
  end
  cache.resync:doubt(kind)
  return function()
    for _, stop in ipairs(stops) do stop() end
  end
end

local of_itself = { update = true, delete = true }

local function check_what(resource, what)
  local values = resource_types[getmetatable(resource).kind].values or {}
  if type(what) == "string" and (of_itself[what] or values[what]) then return end
  local names = suggest.keys(of_itself)
  for _, each in ipairs(suggest.keys(values)) do names[#names + 1] = each end
  invalid("a %s has no event %s%s", getmetatable(resource).kind, format(what),
    suggest.hint(tostring(what), names))
end

--- flow:on, variable:on, user:on
---@param resource homey.Resource
---@param what string|function|table|nil  may be left out: every event of the resource
---@param options? homey.TriggerOptions|function
---@param f? function
---@return homey.Handle
function trigger.on_resource(resource, what, options, f)
  if type(what) ~= "string" and f == nil then what, options, f = nil, what, options end
  options, f = arguments(options, f)
  local kind, home = getmetatable(resource).kind, resource.home
  if what ~= nil then check_what(resource, what) end
  local cache = Cache.of(home, kind)
  resource:current() -- raises an error when the hub does not have the resource
  local name = what and ("%s:on(\"%s\")"):format(tostring(resource), what)
    or ("%s:on"):format(tostring(resource))
  local known = what and resource:known(what)
  options = trigger.options(options, known, name)
  return attach(home.scheduler, home, name, options, f, function(fire, handler)
    if known then return watch_one(cache, resource, what, options, fire, handler) end
    return listen_of(cache, resource, what and { what } or { "update", "delete" }, options, fire)
  end)
end

-- ---- values of this program ----

-- For a trigger without options: calls fire when the value is another one by the steps of its
-- capability. Returns the function that takes the events.
local function in_steps(value, fire)
  local last
  local function note(event)
    if event.base then last = event.value end
  end
  local stop = value.feed:watch(value, note)
  last = value:known("value").value
  return function(event)
    if capability.is_same(value:known "value", last, event.value) then return end
    last = event.value
    fire(event, event.value, value, event)
  end, stop
end

local function watch_computed(value, options, fire, handler)
  local take, stop = function(event) fire(event, event.value, value, event) end, nil
  if edge.is_plain(options) then take, stop = in_steps(value, fire) end
  local stop_watch =
    watch.start(value.feed, value, "value", options, take, nil, nil, handler.place)
  return function()
    stop_watch()
    if stop then stop() end
  end
end

--- value:on
---@param value homey.Value
---@param options? homey.TriggerOptions|function
---@param f? function
---@return homey.Handle
function trigger.on_value(value, options, f)
  options, f = arguments(options, f)
  local what = ("%s:on"):format(tostring(value))
  options = trigger.options(options, value:known "value", what)
  return attach(value.home.scheduler, value.home, what, options, f, function(fire, handler)
    return watch_computed(value, options, fire, handler)
  end)
end

-- ---- events of the home ----

-- Calls fire with the arguments of the handler: (event) for the connection, (resource, event) for a
-- resource, (value, resource, event) for a value.
local function listen(cache, what, options, fire)
  return cache:listen(what.listens_to, function(event, first, second)
    if event.base or event.own and options.own == false then return end
    if what.only and not event.subject.record.advanced then return end
    if not event.subject then return fire(event, event) end
    if event.key then return fire(event, first, second, event) end
    fire(event, first, event)
  end)
end

-- Warns about an event that is not known here. It is accepted, since a hub may send it.
local function doubt(what, handler)
  handler.scope:log("warning",
    ("on(\"%s\"): no hub is known to send this event%s The function at %s may never be called.")
    :format(what.name, suggest.hint(what.name, event_names.all()), handler.place))
end

local function begin_event(cache, what, options, fire, handler)
  if what.unknown then doubt(what, handler) end
  local uri = what.uri or what.manager and "homey:manager:" .. what.manager
  if uri then
    if what.event == "capability" then cache.core_loop:tell_transactions() end
    return (cache.subscriptions:listen(uri, function(told, data, capability, transaction, time)
      if told ~= what.event then return end
      if capability then
        data = {
          capabilityId = capability, value = data, transactionId = transaction,
          transactionTime = time,
        }
      end
      local seen = { name = what.name, at = cache.home.scheduler.core_loop:time(), raw = data }
      fire(seen, data, seen)
    end))
  end
  local stop = listen(cache, what, options, fire)
  if what.listens_to ~= "device.capability" then
    if what.kind then cache.resync:doubt(what.kind) end
    return stop
  end
  -- the hub sends the values of a device only to subscribers of that device
  local directory = cache.home.directory
  local stop_all = for_all(cache, function() return directory:list "device" end, function(device)
    return cache:watch(device, function() end, true)
  end)
  return function()
    stop()
    stop_all()
  end
end

-- Calls fire for the errors of handlers and scripts.
local function listen_to_errors(scheduler, fire)
  scheduler.error_listeners = scheduler.error_listeners or Listeners.new()
  return scheduler.error_listeners:join("error", function(err, task)
    local cause = task:get_cause()
    local event = {
      name = "error", at = scheduler.core_loop:time(), script = task.scope and task.scope.name,
      handler = cause and cause.handler,
    }
    fire(event, err, event)
  end)
end

--- homey.on for an own event, "my.doorbell". It needs no home.
---@param scheduler homey.Scheduler
---@param home? homey.Home  the handle ends when this home is closed
---@param name string
---@param options? homey.EventOptions|function
---@param f? function
---@return homey.Handle
function trigger.on_own_event(scheduler, home, name, options, f)
  options, f = arguments(options, f)
  local what = ("on(\"%s\")"):format(name)
  options = trigger.options(options, nil, what)
  if options.own ~= nil then
    invalid("%s takes no `own`: each own event comes from this program.", what)
  end
  return attach(scheduler, home, what, options, f, function(fire)
    return own_events.listen(scheduler, name, function(event, data)
      local seen = {
        name = event.name, at = event.at, data = event.data, cause = event.cause,
        chain = event.chain,
      }
      if home and home.journal then
        seen.entry = home.journal:add {
          kind = "event", at = event.at, event = what, cause = event.cause and event.cause.entry,
        }
      end
      fire(seen, data, seen)
    end)
  end)
end

--- homey.on
---@param home homey.Home
---@param name string
---@param options? homey.EventOptions|function
---@param f? function
---@return homey.Handle
function trigger.on_event(home, name, options, f)
  if own_events.is_own(name) then
    return trigger.on_own_event(home.scheduler, home, name, options, f)
  end
  options, f = arguments(options, f)
  if name == "error" then
    options = trigger.options(options, nil, "on(\"error\")")
    return attach(home.scheduler, home, "on(\"error\")", options, f, function(fire)
      return listen_to_errors(home.scheduler, fire)
    end)
  end
  local event = event_names.parse(name)
  local what = ("on(\"%s\")"):format(name)
  options = trigger.options(options, nil, what)
  local cache = Cache.of(home, event.kind)
  return attach(home.scheduler, home, what, options, f, function(fire, handler)
    return begin_event(cache, event, options, fire, handler)
  end)
end

return trigger
