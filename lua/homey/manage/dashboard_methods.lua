-- Members of dashboards: their columns.

local call = require "homey.manage.call"
local core = require "homey.core"
local format = require "homey.util.format"
local invalid = require "homey.util.invalid"
local item = require "homey.manage.item"

---@class homey.Dashboard
---@field columns table[]  the columns with their widgets, as the hub has them, read now
local methods, fields = {}, {}

function fields.columns(dashboard)
  local raw = call.read(dashboard.home, "dashboards", "getDashboard", { id = dashboard.id })
  return type(raw) == "table" and type(raw.columns) == "table" and raw.columns or {}
end

--- Replace the columns.
--- Raises: invalid, not_found, rate_limited, request.
---@param columns table[]  as `dashboard.columns` has them
---@return homey.Dashboard self
function methods:set_columns(columns)
  if type(columns) ~= "table" then
    invalid("dashboard:set_columns takes a list of columns, not %s.", format(columns))
  end
  item.need(self)
  item.change(self, ("change the columns of the dashboard %s"):format(tostring(self)),
    { columns = next(columns) == nil and setmetatable({}, core.array) or columns })
  return self
end

return { methods = methods, fields = fields }
