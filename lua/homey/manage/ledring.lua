-- The LED ring of the hub: its screensaver, and on hubs of 2016 to 2019 its brightness.

local core = require "homey.core"
local fact_object = require "homey.manage.fact_object"
local call = require "homey.manage.call"
local format = require "homey.util.format"
local invalid = require "homey.util.invalid"
local manager_option = require "homey.manage.manager_option"
local option_tables = require "homey.manage.options"
local options = require "homey.util.options"
local records = require "homey.model.record"
local suggest = require "homey.util.suggest"

---@class homey.Ledring
---@field screensaver? string  id of the screensaver
---@field screensavers {id: string, name: string}[]  those that there are
---@field brightness? number   0 to 1; nil on hubs that have no such option
---@field home homey.Home  the home that it is in
local methods = {}

-- The option as this hub takes it: of version 2 an object.
local function option_of(ring, id)
  local ids, found = {}, nil
  for i, each in ipairs(ring.screensavers) do
    ids[i] = each.id
    if each.id == id then found = each end
  end
  if not found then
    invalid("the LED ring has no screensaver %s%s It has %s.", format(id), suggest.hint(id, ids),
      table.concat(ids, ", "))
  end
  return ring.home:speaks(2) and { id = id, uri = found.uri } or id
end

--- Change the LED ring.
--- Raises: invalid, forbidden, rate_limited, request.
---@param changes homey.LedringOptions
---@return homey.Ledring self
function methods:set(changes)
  changes = options.read(option_tables.ledring, changes)
  if next(changes) == nil then invalid("ledring:set was given an empty table: name an option.") end
  local screensaver = changes.screensaver and option_of(self, changes.screensaver)
  local values = { brightness = changes.brightness, screensaver = screensaver }
  for _, name in ipairs { "brightness", "screensaver" } do
    if values[name] ~= nil then
      manager_option.set(self.home, "ledring", name, values[name],
        ("LED ring: %s = %s"):format(name, tostring(changes[name])))
      if not self.home.dry_run then rawset(self, name, changes[name]) end
    end
  end
  return self
end

local Ledring = fact_object.class("homey.Ledring", "ledring", methods,
  "screensaver screensavers brightness home", "set/1")

local function name_of(raw)
  local name = records.title(raw.name) or records.title(raw.title)
  return name or raw.id
end

--- Read the LED ring of a hub.
---@param home homey.Home
---@return homey.Ledring
function Ledring.read(home)
  local list = {}
  for _, raw in ipairs(records.list(call.read(home, "ledring", "getScreensavers", {}))) do
    local uri = raw.uri ~= core.null and raw.uri or nil
    list[#list + 1] = { id = raw.id, name = name_of(raw), uri = uri }
  end
  table.sort(list, function(a, b) return a.id < b.id end)
  return Ledring.new {
    home = home, screensavers = list,
    screensaver = manager_option.get(home, "ledring", "screensaver", "string"),
    brightness = home:speaks(2) and manager_option.get(home, "ledring", "brightness", "number")
      or nil,
  }
end

return Ledring
