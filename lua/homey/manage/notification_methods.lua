-- Methods of notifications.

local item = require "homey.manage.item"

---@class homey.Notification
local methods = {}

--- Remove it from the timeline.
--- Raises: not_found, rate_limited, request.
function methods:remove()
  item.need(self)
  item.remove(self, ("remove the notification '%s'"):format(tostring(self)))
end

return { methods = methods }
