-- Finding a time zone: by its name in the data base of the machine, by its POSIX text, or that of the machine itself.
--
-- A machine may have no data base (package tzdata), and know its own zone by a name alone. Nothing is guessed then.

local Posix = require "homey.time.posix"
local Tzif = require "homey.time.tzif"
local calendar = require "homey.time.calendar"
local invalid = require "homey.util.invalid"
local lazy = require "homey.util.lazy"
local show = require "homey.util.format"

local near = lazy "homey.util.suggest"

local timezone = {}

local folders = { "/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo", "/etc/zoneinfo" }
local always = { UTC = "UTC0", GMT = "GMT0", ["Etc/UTC"] = "UTC0", ["Etc/GMT"] = "GMT0" } -- needs no data base
local largest = 1048576 -- bytes of a file that may be a zone

local function read(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local bytes = file:read(largest) -- nil for a folder
  file:close()
  return bytes
end

-- f of a file's path and text, of the first folder where there is an answer.
local function in_folders(name, f)
  local own = os.getenv "TZDIR"
  local found = own and f(read(own .. "/" .. name) or "")
  for _, folder in ipairs(folders) do
    found = found or f(read(folder .. "/" .. name) or "")
  end
  return found
end

local function by_name(name)
  if not name:find "^[%w_+/-]+$" or name:find "^/" then return nil end
  return in_folders(name, Tzif.parse)
end

-- The names that the data base has, for a hint.
local function names()
  local list = {}
  in_folders("zone.tab", function(text)
    for name in text:gmatch "\n%u%u\t[^\t]+\t([%w_+/-]+)" do list[#list + 1] = name end
    return #list > 0
  end)
  return list
end

local function find(name)
  return always[name] and Posix.parse(always[name]) or by_name(name) or Posix.parse(name)
end

--- What to do where a time zone is not known here.
timezone.advice = "install the data about time zones (the package tzdata), or give its rules as text: "
  .. "homey.login{ timezone = \"CET-1CEST,M3.5.0,M10.5.0/3\" }, or HOMEY_TIMEZONE in the environment."

--- A time zone by its name, "Europe/Amsterdam", or its POSIX text, "CET-1CEST,M3.5.0,M10.5.0/3".
---@param name string
---@return homey.time.Tzif|homey.time.Posix
function timezone.named(name)
  if type(name) ~= "string" then
    invalid("a time zone is a name such as \"Europe/Amsterdam\", not %s.", show(name))
  end
  local zone = find(name)
  if zone then return zone end
  local known = names()
  local hint = #known > 0 and near.hint(name, known) or ": " .. timezone.advice
  return invalid("there is no time zone %s on this machine%s", show(name), hint)
end

-- What the C library knows, where nothing else tells: asked a quarter of an hour at a time, since changes are at those.
local Library = { __name = "homey.time.Library" }
Library.__index = Library

function Library:span(at)
  local from = math.floor(at / 900) * 900
  local date = os.date("*t", from)
  local wall = calendar.days(date.year, date.month, date.day) * 86400 + date.hour * 3600 + date.min * 60 + date.sec
  return from, from + 900, wall - from
end

-- What the variable TZ names: ":Europe/Amsterdam", a path, or a POSIX text. Empty is UTC.
local function from_environment(name)
  if not name then return nil end
  name = name:gsub("^:", "")
  if name == "" then return Posix.parse "UTC0" end
  if name:find "^/" then return Tzif.parse(read(name) or "") end
  return find(name)
end

-- The zone's name as Debian keeps it beside /etc/localtime.
local function named_in_file()
  local name = (read "/etc/timezone" or ""):match "^%s*([%w_+/-]+)"
  return name and find(name), name
end

--- The time zone of this machine. Where nobody can tell, it is what the C library makes of it, mostly UTC.
---@return table zone  with a method `span`
---@return string? unknown  the name of the zone, where it is known by that alone
function timezone.of_machine()
  local router, variable = read "/etc/TZ", os.getenv "TZ"
  local zone = from_environment(variable) or Tzif.parse(read "/etc/localtime" or "")
    or router and Posix.parse((router:gsub("%s+$", "")))
  if zone then return zone end
  local found, name = named_in_file()
  return found or setmetatable({}, Library), not found and (variable or name) or nil
end

return timezone
