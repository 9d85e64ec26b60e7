-- home:create_zone, create_variable, create_alarm, create_dashboard: new things at the hub.

local core = require "homey.core"
local format = require "homey.util.format"
local invalid = require "homey.util.invalid"
local item = require "homey.manage.item"
local option_tables = require "homey.manage.options"
local options = require "homey.util.options"
local repetition = require "homey.model.repetition"

---@class homey.Home
local methods = {}

local function outermost(home)
  for _, zone in ipairs(home:zones()) do
    if not zone.parent then return zone end
  end
  return invalid("homey.create_zone: the hub lists no zone. Name one as `parent`.")
end

--- Create a zone.
--- Raises: invalid, not_found, ambiguous, forbidden, rate_limited, request.
---@param zone homey.NewZone
---@return homey.Zone?  nil in a dry run
function methods:create_zone(zone)
  zone = options.read(option_tables.new_zone, zone)
  local parent = zone.parent and self:zone(zone.parent) or outermost(self)
  return item.create(self, "zone",
    ("create the zone %s in %s"):format(format(zone.name), tostring(parent)),
    { name = zone.name, parent = parent.id, icon = zone.icon })
end

--- Create a variable. Its type is that of its first value, for good.
--- Raises: invalid, forbidden, rate_limited, request.
---@param variable homey.NewVariable
---@return homey.Variable?  nil in a dry run
function methods:create_variable(variable)
  variable = options.read(option_tables.new_variable, variable)
  return item.create(self, "variable",
    ("create the variable %s = %s"):format(format(variable.name), format(variable.value)),
    { name = variable.name, type = type(variable.value), value = variable.value })
end

--- Create a dashboard. A Homey of 2016 to 2019 has none.
--- Raises: invalid, rate_limited, request.
---@param dashboard homey.NewDashboard
---@return homey.Dashboard?  nil in a dry run
function methods:create_dashboard(dashboard)
  dashboard = options.read(option_tables.new_dashboard, dashboard)
  return item.create(self, "dashboard",
    ("create the dashboard %s"):format(format(dashboard.name)), {
      name = dashboard.name, columns = dashboard.columns or setmetatable({}, core.array),
    })
end

--- Create an alarm.
--- Raises: invalid, rate_limited, request.
---@param alarm homey.NewAlarm
---@return homey.Alarm?  nil in a dry run
function methods:create_alarm(alarm)
  alarm = options.read(option_tables.new_alarm, alarm)
  return item.create(self, "alarm",
    ("create the alarm %s at %s"):format(format(alarm.name), alarm.time), {
      name = alarm.name, time = alarm.time, enabled = alarm.enabled,
      repetition = repetition.read("homey.create_alarm", alarm.days),
    })
end

return methods
