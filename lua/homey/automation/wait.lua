-- homey.wait: waits until one condition holds, any of several, or all of several at the same time.

local Cache = require "homey.realtime.cache"
local capability = require "homey.model.capability"
local core = require "homey.core"
local arguments = require "homey.util.arguments"
local duration = require "homey.util.duration"
local invalid = require "homey.util.invalid"
local known_facts = require "homey.model.known"
local lazy = require "homey.util.lazy"
local new_error = require "homey.error"
local option_reader = require "homey.util.options"
local option_tables = require "homey.automation.options"
local raise = require "homey.util.raise"
local fiber = require "homey.task.fiber"
local format = require "homey.util.format"
local resource_types = require "homey.model.resource_types"
local trigger = require "homey.automation.trigger"
local watch = require "homey.automation.watch"

local suggest = lazy "homey.util.suggest"
local unpack = table.unpack or unpack -- luacheck: compat

local longest = 9 -- items of a condition that are counted, for the error about too many

---@class homey.Awaited  one condition
---@field home homey.Home
---@field holds fun(): boolean   reports whether it holds now
---@field watch fun(changed: fun(), lost: fun(resource: any)): fun()  returns a function to stop

local function options_of(value, known, what)
  local options = value
  if type(value) ~= "table" then options = { to = value } end
  return trigger.options(options, known, what, option_tables.wait)
end

-- The kind of an object with values: "device", "variable", "user", or "value" for a computed one;
-- nil for anything else.
local function kind_of(resource)
  local meta = getmetatable(resource)
  local kind = type(meta) == "table" and meta.kind
  if kind == "device" or kind == "value" then return kind end
  return kind and resource_types[kind].values and kind or nil
end

-- Returns the name of the value that a wait uses when the caller names none.
local function main_of(kind)
  return kind == "value" and kind or resource_types[kind].main
end

local function cache_of(resource, kind)
  return kind == "value" and resource.feed or Cache.of(resource.home, kind)
end

-- Reads a value from the hub. A value that is only reported, such as a button's, cannot be read.
local function read_value(resource, kind, key)
  if kind == "value" then return end -- computed while it is watched
  if kind ~= "device" then return resource:current() end
  if resource_types.device.values[key] then return resource:refresh() end
  local known = type(key) == "string" and known_facts.of(resource, key)
  if not known or known.getable then resource:get(key) end
end

-- The facts of a value now; raises an error when the resource has no such value.
local function known_now(resource, kind, key)
  read_value(resource, kind, key)
  local known = known_facts.of(resource, key)
  if known then return known end
  return invalid("a %s has no value %s to wait for%s",
    kind, format(key), suggest.hint(tostring(key), suggest.keys(resource_types[kind].values)))
end

-- Makes the condition of one list: { device, "alarm_contact", false }, { variable, 3 }, or
-- { device, "measure_power", { below = 5, held = "2 min" } }.
local function awaited(list)
  local resource = list[1]
  local kind = kind_of(resource)
  if not kind then
    invalid(
      "homey.wait waits for a device with a capability, for a variable, a user or a value, not for "
        .. "%s.",
      format(resource))
  end
  local main = main_of(kind)
  arguments.check_count("homey.wait", main and 2 or 3, unpack(list, 1, longest))
  local key, value = main or list[2], list[main and 2 or 3]
  if value == core.null then invalid("homey.wait waits for a value, not for null.") end
  local cache, known = cache_of(resource, kind), known_now(resource, kind, key)
  local what = main and ("wait(%s)"):format(tostring(resource))
    or ("wait(%s, \"%s\")"):format(tostring(resource), key)
  local any_change, so = value == nil, false
  local options = any_change and {} or options_of(value, known, what)
  return {
    home = resource.home,
    holds = function() return so end,
    watch = function(changed, lost)
      return watch.start(cache, resource, key, options, function(event)
        if any_change and known.getable and capability.is_same(known, event.value, event.old) then
          return
        end
        so = true
        changed()
      end, not any_change, function(gone)
        so = any_change and so
        if gone then lost(resource) end
      end)
    end,
  }
end

local function all_hold(things)
  for _, each in ipairs(things) do
    if not each.holds() then return false end
  end
  return true
end

local function first_that_holds(things)
  for i, each in ipairs(things) do
    if each.holds() then return i end
  end
end

-- Makes the wait end with an error when one of the homes is closed.
local function end_with_homes(things, scheduler, promise)
  local member = { cancel = function()
    scheduler:resolve(promise, nil,
      new_error("cancelled", "this home was closed while homey.wait waited for it."))
  end }
  for _, each in ipairs(things) do each.home.handles[member] = true end
  return function()
    for _, each in ipairs(things) do each.home.handles[member] = nil end
  end
end

-- Waits until `met()` returns a value, `seconds` have passed, or `vital` resources are deleted, so
-- that the conditions can no longer hold.
local function until_met(scheduler, things, met, seconds, vital)
  local promise, stops, found = scheduler:promise(), {}, nil
  local function check()
    found = found or met()
    if found then scheduler:resolve(promise, found) end
  end
  local gone = 0
  local function lost(resource)
    gone = gone + 1
    if gone < vital then return end
    local said = ("%s was deleted at the hub while homey.wait waited for it.")
      :format(tostring(resource))
    scheduler:resolve(promise, nil, new_error("not_found", said))
  end
  local function clean()
    for _, stop in ipairs(stops) do stop() end
  end
  stops[1] = end_with_homes(things, scheduler, promise)
  scheduler.was_driven = true
  local ok, err = fiber.pcall(function() -- try would not return after a cancel
    for _, each in ipairs(things) do stops[#stops + 1] = each.watch(check, lost) end
  end)
  if not ok then
    clean()
    scheduler:abandon(promise)
    error(err, 0)
  end
  if seconds then
    stops[#stops + 1] = scheduler:later(seconds, function() scheduler:resolve(promise, false) end)
  end
  scheduler:settle_then(promise, clean)
  if promise.error then raise(promise.error) end
  return promise.value
end

local function several(list, timeout, everything)
  local things = {}
  if type(list) ~= "table" or #list == 0 then
    invalid(
      "homey.wait takes what to wait for as a list such as { { device, \"alarm_contact\", false } "
        .. "}, not %s.", format(list))
  end
  for i, each in ipairs(list) do
    if type(each) ~= "table" or getmetatable(each) then each = { each } end
    things[i] = awaited(each)
  end
  local met = everything and function() return all_hold(things) end or function()
    return first_that_holds(things)
  end
  return until_met(things[1].home.scheduler, things, met, timeout, everything and 1 or #things)
end

local function timeout_of(value)
  return value ~= nil and duration.seconds(value, "the time that homey.wait waits at most") or nil
end

--- Wait until a condition holds.
---   wait(device, "alarm_contact", false, "5 min")             true; false when the time is over
---   wait(device, "measure_power", { below = 5, held = "2 min" })
---   wait(device, "onoff")                                      any change of it
---   wait(doorbell, "button")                                   the next press
---   wait(variable, 3, "1 h"), wait(user, "present", true), wait(value, { above = 3 })
---   wait{ any = { {device, "onoff", true}, {variable, 3} }, timeout = "1 h" }   its index; false
---   wait{ all = { ... }, timeout = "1 h" }                     true when all hold at once
---@param resource homey.Device|homey.Variable|homey.User|homey.Value|table
---@param ... any
---@return boolean|integer
return function(resource, ...)
  if type(resource) == "table" and not getmetatable(resource) then
    arguments.check_count("homey.wait", 1, resource, ...)
    local given = option_reader.read(option_tables.wait_list, resource)
    if (given.any == nil) == (given.all == nil) then
      invalid("homey.wait takes either `any` or `all`.")
    end
    return several(given.any or given.all, given.timeout, given.all ~= nil)
  end
  local given = { ... }
  local kind = kind_of(resource)
  local at = kind and main_of(kind) and 1 or 2 -- index of the value in `given`
  if kind then arguments.check_count("homey.wait", at + 2, resource, ...) end
  local list = { resource, given[1] }
  if at == 2 then list[3] = given[2] end
  return several({ list }, timeout_of(given[at + 1]), true)
end
