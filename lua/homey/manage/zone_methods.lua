-- Members of zones for what happens in them, `active` and `lit`, and for changing them.

local arguments = require "homey.util.arguments"
local format = require "homey.util.format"
local invalid = require "homey.util.invalid"
local item = require "homey.manage.item"

---@class homey.Zone
---@field active boolean  something moves in it, says the hub
---@field lit boolean     a light in it, or in a zone inside it, is on
local methods, fields = {}, {}

function fields.active(zone)
  return zone:current().active == true
end

function fields.lit(zone)
  local lights = zone:devices { class = "light", capability = "onoff" }
  if #lights == 0 then return false end
  for _, value in pairs(lights:get "onoff") do
    if value == true then return true end
  end
  return false
end

--- Put the zone into another one.
--- Raises: invalid, not_found, ambiguous, forbidden, rate_limited, request.
---@param parent string|homey.Zone  no zone inside it
---@return homey.Zone self
function methods:move(parent)
  local target = self.home:zone(parent)
  item.need(self)
  if target:is_in(self) then
    invalid("the zone %s cannot be moved into %s, which is inside it.", tostring(self),
      tostring(target))
  end
  item.change(self, ("move the zone %s into %s"):format(tostring(self), tostring(target)),
    { parent = target.id }, { parent = target.id })
  return self
end

--- Choose an icon.
--- Raises: invalid, not_found, forbidden, rate_limited, request.
---@param icon string  its name: "kitchen", "bedroom"
---@return homey.Zone self
function methods:set_icon(icon)
  arguments.check_name(icon, "zone:set_icon takes the name of an icon, not ")
  item.need(self)
  item.change(self, ("give the zone %s the icon %s"):format(tostring(self), format(icon)),
    { icon = icon }, { icon = icon })
  return self
end

return { methods = methods, fields = fields }
