-- Where a home is, for its sun and its time zone: what its login says, else what the hub tells, asked once, when
-- something needs it. A hub that does not tell its time zone is taken to be in that of this machine. A zone of
-- which this machine knows nothing but the name is refused.

local Place = require "homey.time.place"
local Reactor = require "homey.reactor"
local insist = require "homey.insist"
local invalid = require "homey.invalid"
local lazy = require "homey.lazy"
local new_error = require "homey.error"
local odd = require "homey.odd"
local raise = require "homey.raise"
local show = require "homey.show"
local timezone = require "homey.time.timezone"
local try = require "homey.try"
local unify = require "homey.unify"

local Condition = lazy "homey.time.condition"
local schedule = lazy "homey.schedule"
local together = lazy "homey.together"

local LOCATION, CLOCK = "/api/manager/geolocation/option/location", "/api/manager/clock/state"

local places = {}

-- The hub was there, and does not tell this: other failures may be gone the next time.
local untold = { not_found = true, forbidden = true, hub = true, invalid = true, protocol = true }

-- What an item holds.
local function ask(home, path)
  local told, err = try(home.get, home, path)
  if err and (insist.passes(err) or not untold[err.kind]) then raise(err) end
  return unify.place(told, odd.of(home))
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
  local place = Place.new(options)
  if place.unknown then refuse("this machine is in the time zone %s", place.unknown) end
  return place
end

local function add_timezone(home, options)
  local name = ask(home, CLOCK).timezone
  if not name then return end
  if try(Place.new, { timezone = name }) then
    options.timezone = name
  else
    refuse("the hub is in the time zone %s", name)
  end
end

local function find_out(home, needs_sun)
  local options = { timezone = home.timezone, latitude = home.latitude, longitude = home.longitude }
  if needs_sun and not options.latitude then add_location(home, options) end
  if not options.timezone then add_timezone(home, options) end
  local place = new_place(options)
  home.timezone, home.place = options.timezone, place
  return home.place
end

--- The place of a home.
---@param home homey.Home
---@param needs_sun? boolean  latitude and longitude are needed
---@return homey.time.Place
function places.of(home, needs_sun)
  if home.place and (home.place.latitude or not needs_sun) then return home.place end
  return together(home, needs_sun and "place under the sun" or "place", home.reactor, find_out, home, needs_sun)
end

--- What can be asked of time where nobody has logged in.
places.without_home = {}

local machine

local function here(needs_sun)
  if needs_sun then invalid("the sun rises and sets at a home: call homey.login first.") end
  machine = machine or new_place {}
  return machine
end

function places.without_home.at(...)
  return schedule.at(Reactor.shared(), nil, here, ...)
end

function places.without_home.every(...)
  return schedule.every(Reactor.shared(), nil, ...)
end

function places.without_home.after(...)
  return schedule.after(Reactor.shared(), nil, ...)
end

function places.without_home.is(text)
  local parsed = Condition.parse(text)
  return parsed:holds(Reactor.shared().seam:time(), here(parsed.needs_sun))
end

return places
