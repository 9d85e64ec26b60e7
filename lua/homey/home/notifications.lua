-- home:notifications, home:remove_notifications: the timeline of the hub.

local call = require "homey.manage.call"
local confirm = require "homey.manage.confirm"
local item = require "homey.manage.item"

---@class homey.Home
local methods = {}

--- All notifications, newest first.
--- Raises: request.
---@return homey.Notification[]
function methods:notifications()
  local list = self.directory:all "notification"
  table.sort(list, function(a, b)
    local first, second = a.record.at or 0, b.record.at or 0
    return first > second or first == second and a.id < b.id
  end)
  return list
end

--- Remove all notifications.
--- Raises: invalid, rate_limited, request.
---@param confirmation homey.ConfirmOptions  { confirm = true }
function methods:remove_notifications(confirmation)
  confirm(confirmation, "homey.remove_notifications", "remove all notifications for good")
  local list = methods.notifications(self)
  call.run {
    home = self, manager = "notifications", operation = "deleteNotifications", args = {},
    words = "remove all notifications",
  }
  if self.dry_run then return end
  for _, each in ipairs(list) do item.gone(each) end
end

return methods
