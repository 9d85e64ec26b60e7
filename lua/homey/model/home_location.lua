-- Location of a home, for its sun and its time zone: what its login says, else what the hub tells, asked when something needs
-- it, and every hour while there are rules for times of day. A place that has changed is the same object with other facts. A
-- hub that does not tell its time zone is taken to be in that of this machine. A zone of which this machine knows nothing but
-- the name is refused.

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
local raised = require "homey.util.error_text"
local show = require "homey.util.format"
local timezone = require "homey.time.timezone"
local try = require "homey.task.try"
local normalize = require "homey.model.normalize"

local single_flight = lazy "homey.task.single_flight"

local LOCATION, CLOCK = "/api/manager/geolocation/option/location", "/api/manager/clock/state"

local places = {}

-- The hub was there, and does not tell this: other failures may be gone the next time.
local untold = { not_found = true, forbidden = true, hub = true, invalid = true, protocol = true }

-- What an item holds.
local function ask(home, path)
  local told, err = try(home.get, home, path)
  if err and (backoff.is_transient(err) or not untold[err.kind]) then raise(err) end
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

-- Times of day would be those of another zone: better none than wrong ones.
local function refuse(where, name)
  invalid(where .. ", which is not known on this machine, so it cannot tell the time of day there: %s", show(name), timezone.advice)
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

-- ---- a place that changes -------------------------------------------------------------------------------

local often = 3600 -- seconds
local followed = setmetatable({}, { __mode = "k" }) -- by home: what the hub was asked for, and how many rules there are

-- What the hub tells now of what it was asked for.
local function place_anew(home, asked)
  local options = { timezone = home.timezone, latitude = home.place.latitude, longitude = home.place.longitude }
  if asked.timezone then add_timezone(home, options) end
  if asked.location then add_location(home, options) end
  return new_place(options)
end

local function is_same(a, b)
  return a.timezone == b.timezone and a.latitude == b.latitude and a.longitude == b.longitude
end

-- A hub that cannot be asked, or tells nothing that this machine knows, leaves all as it is; the latter is said once.
local function look_again(home, asked)
  local place, err = try(place_anew, home, asked)
  if err then
    if err.kind == "cancelled" then return end -- the home was closed meanwhile
    if not backoff.is_transient(err) and asked.complaint ~= err.message then log("warning", raised(err), home.label) end
    asked.complaint = err.message
  elseif not is_same(place, home.place) then
    home.place:become(place)
    home.timezone = place.timezone
    log("info", "the hub is in another place now: " .. show(place.timezone), home.label)
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

--- There is a rule for a time of day: while there is any, the hub is asked every hour whether it is elsewhere.
---@param home homey.Home
---@return fun() release
function places.follow(home)
  local asked = facts_of(home)
  if not (asked.timezone or asked.location) then return function() end end -- all was told with the login
  asked.rules = asked.rules + 1
  if asked.rules == 1 then next_look(home, asked) end
  return function()
    asked.rules = asked.rules - 1
    if asked.rules == 0 then asked.cancel() end
  end
end

local function find_out(home, needs_sun)
  local options = { timezone = home.timezone, latitude = home.latitude, longitude = home.longitude }
  local wants_location, wants_timezone = needs_sun and not options.latitude, not options.timezone
  if wants_location then add_location(home, options) end
  if wants_timezone then add_timezone(home, options) end
  local place = new_place(options)
  if home.place then home.place:become(place) else home.place = place end
  home.timezone = options.timezone
  local asked = facts_of(home)
  asked.location, asked.timezone = asked.location or wants_location, asked.timezone or wants_timezone
  return home.place
end

--- The place of a home.
---@param home homey.Home
---@param needs_sun? boolean  latitude and longitude are needed
---@return homey.time.Location
function places.of(home, needs_sun)
  if home.place and (home.place.latitude or not needs_sun) then return home.place end
  return single_flight(home, needs_sun and "place under the sun" or "place", home.scheduler, find_out, home, needs_sun)
end

local machine

--- The place of this machine, for times of day where nobody has logged in.
---@param needs_sun? boolean
---@return homey.time.Location
function places.of_machine(needs_sun)
  if needs_sun then invalid("the sun rises and sets at a home: call homey.login first.") end
  machine = machine or new_place {}
  return machine
end

return places
