-- Time zones: found by name in the machine's database, by POSIX text, or that of the machine
-- itself.
--
-- A machine may lack the database (package tzdata) and know only the name of its own zone. The
-- rules of such a zone are not guessed.

local Posix = require "homey.time.posix"
local Tzif = require "homey.time.tzif"
local calendar = require "homey.time.calendar"
local format = require "homey.util.format"
local invalid = require "homey.util.invalid"
local lazy = require "homey.util.lazy"

local suggest = lazy "homey.util.suggest"

local timezone = {}

local folders = {
  "/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo", "/etc/zoneinfo",
}
-- zones that need no database
local always = { UTC = "UTC0", GMT = "GMT0", ["Etc/UTC"] = "UTC0", ["Etc/GMT"] = "GMT0" }
local largest = 1048576 -- bytes of a file that may be a zone

local function read(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local bytes = file:read(largest) -- nil for a folder
  file:close()
  return bytes
end

-- Calls f with path and text of a file in each folder, until it returns something.
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

-- All names in the database, for suggestions.
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

--- Advice for a time zone that is not known here.
timezone.advice =
  "install the data about time zones (the package tzdata), or give its rules as text: "
  .. "homey.login{ timezone = \"CET-1CEST,M3.5.0,M10.5.0/3\" }, or HOMEY_TIMEZONE in the "
  .. "environment."

--- A time zone by its name, "Europe/Amsterdam", or its POSIX text, "CET-1CEST,M3.5.0,M10.5.0/3".
---@param name string
---@return homey.time.Tzif|homey.time.Posix
function timezone.named(name)
  if type(name) ~= "string" then
    invalid("a time zone is a name such as \"Europe/Amsterdam\", not %s.", format(name))
  end
  local zone = find(name)
  if zone then return zone end
  local known = names()
  local hint = #known > 0 and suggest.hint(name, known) or ": " .. timezone.advice
  return invalid("there is no time zone %s on this machine%s", format(name), hint)
end

-- The zone of the C library, where nothing else is known. Its offset is read for each quarter of an
-- hour: an offset changes only at one of those.
local Library = { __name = "homey.time.Library" }
Library.__index = Library

function Library:span(at)
  local from = math.floor(at / 900) * 900
  local date = os.date("*t", from)
  local wall = calendar.days(date.year, date.month,
    date.day) * 86400 + date.hour * 3600 + date.min * 60 + date.sec
  return from, from + 900, wall - from
end

-- The variable TZ: ":Europe/Amsterdam", a path, or a POSIX text. Empty is UTC.
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

--- The time zone of this machine; if it is unknown, that of the C library, usually UTC.
---@return table zone  with a method `span`
---@return string? unknown  name of the zone, if only that is known
function timezone.of_machine()
  local router, variable = read "/etc/TZ", os.getenv "TZ"
  local zone = from_environment(variable) or Tzif.parse(read "/etc/localtime" or "")
    or router and Posix.parse((router:gsub("%s+$", "")))
  if zone then return zone end
  local found, name = named_in_file()
  return found or setmetatable({}, Library), not found and (variable or name) or nil
end

return timezone
