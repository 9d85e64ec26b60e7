-- Users of the hub.

local resource = require "homey.resource.resource"

---@class homey.User : homey.Resource
---@field role? string      "owner", "manager", "user", "guest"
---@field present? boolean  is at home, now; nil where the hub does not know
---@field asleep? boolean   sleeps, now

return resource.class("user", "homey.User", {}, {})
