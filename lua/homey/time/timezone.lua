-- Finding a time zone: by its name in the data base of the machine, by its POSIX text, or that of the machine itself.

local Posix = require "homey.time.posix"
local Tzif = require "homey.time.tzif"
local calendar = require "homey.time.calendar"
local invalid = require "homey.invalid"
local lazy = require "homey.lazy"
local show = require "homey.show"

local near = lazy "homey.near"

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

--- A time zone by its name, "Europe/Amsterdam", or its POSIX text, "CET-1CEST,M3.5.0,M10.5.0/3".
---@param name string
---@return homey.time.Tzif|homey.time.Posix
function timezone.named(name)
  if type(name) ~= "string" then
    invalid("a time zone is a name such as \"Europe/Amsterdam\", not %s.", show(name))
  end
  return find(name)
    or invalid("there is no time zone %s on this machine%s", show(name), near.hint(name, names()))
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
local function from_environment()
  local name = os.getenv "TZ"
  if not name then return nil end
  name = name:gsub("^:", "")
  if name == "" then return Posix.parse "UTC0" end
  if name:find "^/" then return Tzif.parse(read(name) or "") end
  return find(name)
end

--- The time zone of this machine.
---@return table  with a method `span`
function timezone.of_machine()
  local router = read "/etc/TZ"
  return from_environment() or Tzif.parse(read "/etc/localtime" or "")
    or router and Posix.parse((router:gsub("%s+$", ""))) or setmetatable({}, Library)
end

return timezone
