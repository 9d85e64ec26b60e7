-- Notifications: the hub's timeline, as the Homey app shows it.

local resource = require "homey.resource.resource"

---@class homey.Notification : homey.Resource
---@field text string       what it says; parts between ** are emphasised
---@field at? number        when it was created, seconds since 1970
---@field owner_uri? string  what has created it: "homey:manager:flow", "homey:app:com.example"
local methods = {}

local fields = {}

function fields.text(self)
  if not self.record then self:refresh() end
  return self.record.name
end

return resource.class("notification", methods, fields)
