-- Users of the hub.

local resource = require "homey.resource.resource"

---@class homey.User : homey.Resource
---@field role? string      "owner", "manager", "user", "guest"
---@field present? boolean  the user is at home now; nil when the hub does not know
---@field asleep? boolean   the user is asleep now

return resource.class("user", {}, {})
