-- Location of a home, for the sun and the time zone: from the options of the login, else from the
-- hub. The hub is asked when a caller needs the location, and every hour while there are rules for
-- times of day. A changed location is written into the same object. When the hub has no time zone,
-- the time zone of this machine is used. A time zone that this machine does not know is refused.

local Location = require "homey.time.location"
local Task = require "homey.task.task"
local clock = require "homey.time.clock"
local backoff = require "homey.util.backoff"
local invalid = require "homey.util.invalid"
local lazy = require "homey.util.lazy"
local log = require "homey.util.log"
local new_error = require "homey.error"
local invalid_data = require "homey.model.invalid_data"
local raise = require "homey.util.raise"
local error_text = require "homey.util.error_text"
local format = require "homey.util.format"
local timezone = require "homey.time.timezone"
local try = require "homey.task.try"
local normalize = require "homey.model.normalize"

local single_flight = lazy "homey.task.single_flight"

local LOCATION, CLOCK = "/api/manager/geolocation/option/location", "/api/manager/clock/state"

local home_location = {}

-- Errors that mean that the hub does not have the fact; any other is raised.
local not_said = { not_found = true, forbidden = true, hub = true, invalid = true, protocol = true }

-- Reads the location facts at a path of the hub.
local function ask(home, path)
  local told, err = try(home.get, home, path)
  if err and (backoff.is_transient(err) or not not_said[err.kind]) then raise(err) end
  return normalize.place(told, invalid_data.of(home))
end

local function add_location(home, options)
  local told = ask(home, LOCATION)
  if not (told.latitude and told.longitude) then
    raise(new_error("not_found", "the hub does not tell where it is, so its sun is not known: "
      .. "set its location in the Homey app, or give homey.login its `latitude` and `longitude`."))
  end
  options.latitude, options.longitude = told.latitude, told.longitude
end

-- Refuses an unknown time zone: times of day would be wrong.
local function refuse(where, name)
  invalid(where
    .. ", which is not known on this machine, so it cannot tell the time of day there: %s",
    format(name), timezone.advice)
end

local function new_place(options)
  local place = Location.new(options)
  if place.unknown then refuse("this machine is in the time zone %s", place.unknown) end
  return place
end

local function add_timezone(home, options)
  local name = ask(home, CLOCK).timezone
  if not name then return end
  if try(Location.new, { timezone = name }) then
    options.timezone = name
  else
    refuse("the hub is in the time zone %s", name)
  end
end

-- ---- changes of the location --------------------------------------------------------------------

local often = 3600 -- seconds
-- home -> the facts that the hub was asked for, and the number of rules
local followed = setmetatable({}, { __mode = "k" })

-- Makes the location from the current facts of the hub.
local function place_anew(home, asked)
  local options = {
    timezone = home.timezone, latitude = home.place.latitude, longitude = home.place.longitude,
    seed = home.place.seed,
  }
  if asked.timezone then add_timezone(home, options) end
  if asked.location then add_location(home, options) end
  return new_place(options)
end

local function is_same(a, b)
  return a.timezone == b.timezone and a.latitude == b.latitude and a.longitude == b.longitude
end

-- Reads the location again and applies a change. When the hub is unreachable or its time zone is
-- unknown, the location stays; the second is logged once.
local function look_again(home, asked)
  local place, err = try(place_anew, home, asked)
  if err then
    if err.kind == "cancelled" then return end -- the home was closed meanwhile
    if not backoff.is_transient(err) and asked.complaint ~= err.message then
      log("warning", error_text(err), home.label)
    end
    asked.complaint = err.message
  elseif not is_same(place, home.place) then
    home.place:become(place)
    home.timezone = place.timezone
    log("info", "the hub has moved to another location: " .. format(place.timezone), home.label)
    clock.of(home.scheduler):replan()
  end
end

local function next_look(home, asked)
  asked.cancel = home.scheduler:later(often, function()
    next_look(home, asked)
    Task.start(home.scheduler, {}, look_again, home, asked)
  end)
end

local function facts_of(home)
  followed[home] = followed[home] or { rules = 0 }
  return followed[home]
end

--- Follow the location for a rule of a time of day. While there are such rules, the hub is asked
--- every hour.
---@param home homey.Home
---@return fun() release
function home_location.follow(home)
  local asked = facts_of(home)
  if not (asked.timezone or asked.location) then return function() end end -- all are login options
  asked.rules = asked.rules + 1
  if asked.rules == 1 then next_look(home, asked) end
  return function()
    asked.rules = asked.rules - 1
    if asked.rules == 0 then asked.cancel() end
  end
end

local function find_out(home, needs_sun)
  local options = {
    timezone = home.timezone, latitude = home.latitude, longitude = home.longitude,
    seed = rawget(home, "id"),
  }
  local wants_location, wants_timezone = needs_sun and not options.latitude, not options.timezone
  if wants_location then add_location(home, options) end
  if wants_timezone then add_timezone(home, options) end
  local place = new_place(options)
  if home.place then home.place:become(place) else home.place = place end
  home.timezone = options.timezone
  local asked = facts_of(home)
  asked.location, asked.timezone = asked.location or wants_location,
    asked.timezone or wants_timezone
  return home.place
end

--- The location of a home.
---@param home homey.Home
---@param needs_sun? boolean  latitude and longitude are needed
---@return homey.time.Location
function home_location.of(home, needs_sun)
  if home.place and (home.place.latitude or not needs_sun) then return home.place end
  return single_flight(home, needs_sun and "place under the sun" or "place", home.scheduler,
    find_out, home, needs_sun)
end

local machine

--- The location of this machine, for times of day without a home.
---@param needs_sun? boolean
---@return homey.time.Location
function home_location.of_machine(needs_sun)
  if needs_sun then invalid("the sun rises and sets at a home: call homey.login first.") end
  machine = machine or new_place {}
  return machine
end

return home_location
