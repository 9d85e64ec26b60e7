-- Contents of a zone: refuses the removal of a zone that is not empty.

local invalid = require "homey.util.invalid"

--- Raise an error unless a zone may be removed.
---@param zone homey.Zone
return function(zone)
  local inside = {}
  for _, each in ipairs(zone.children) do inside[#inside + 1] = "the zone " .. tostring(each) end
  for _, each in ipairs(zone:devices()) do inside[#inside + 1] = tostring(each) end
  if not zone.parent then
    invalid("the zone %s contains all others and cannot be removed.", tostring(zone))
  end
  if #inside == 0 then return end
  invalid("the zone %s is not empty: move or remove %s%s first.", tostring(zone), inside[1],
    #inside > 1 and (" and %d more"):format(#inside - 1) or "")
end
