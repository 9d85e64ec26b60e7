-- Somebody who lives in the home, or is at home there.

local subject = require "homey.resource.resource"

---@class homey.User : homey.Subject
---@field role? string      "owner", "manager", "user", "guest"
---@field present? boolean  is at home, now; nil where the hub does not know
---@field asleep? boolean   sleeps, now

return subject.class("user", "homey.User", {}, { name = "kept", role = "kept", present = "now", asleep = "now" })
