--- Notifications: deletes them, marks them as read, and the owners that create them.
local build = require "homey.sim.home.build"

---@type homey.sim.Handlers
local notifications = {}

notifications.deleteNotifications = function(call)
  local ids = build.array()
  for id, each in pairs(call:list "notifications") do
    if call.args.ownerUri == nil or each.ownerUri == call.args.ownerUri then ids[#ids + 1] = id end
  end
  table.sort(ids)
  for _, id in ipairs(ids) do call.model:delete("notifications", id) end
  return call:ok()
end

notifications.setNotificationRead = function(call)
  local item, me = call:list("notifications")[call.args.id], call:me()
  if not item then return call:not_found("Notification", call.args.id) end
  local read_by = build.array()
  for _, id in ipairs(item.readBy or {}) do read_by[#read_by + 1] = id end
  read_by[#read_by + 1] = me and me.id
  call.model:update("notifications", item.id, { readBy = read_by })
  return call:ok()
end

-- Who can create notifications: flows, and who has created one.
local function owners(call)
  local data = call.data
  data.notification_owners = data.notification_owners or {}
  local out = {}
  local function add(uri, name)
    if type(uri) ~= "string" then return end
    local known = data.notification_owners[uri] or {}
    out[uri] = {
      uri = uri, uriObj = { id = uri, name = name }, enabled = known.enabled ~= false,
      push = known.push == true,
    }
  end
  add("homey:manager:flow", "Flow")
  for _, each in pairs(call:list "notifications") do
    add(each.ownerUri or "homey:manager:notifications", each.ownerName or "Homey")
  end
  return out
end

notifications.getOwners = function(call) return call:ok(owners(call)) end

local function setter(member)
  return function(call)
    local uri = call.args.uri
    if not owners(call)[uri] then return call:not_found("Owner", uri) end
    local known = call.data.notification_owners
    known[uri] = known[uri] or {}
    known[uri][member] = call.args[member]
    return call:ok()
  end
end

notifications.setOwnerEnabled, notifications.setOwnerPush = setter "enabled", setter "push"

return notifications
