-- Alarms: the times of day that the hub's alarm clock knows.

local resource = require "homey.resource.resource"

---@class homey.Alarm : homey.Resource, homey.Item
---@field time? string      "06:45", in the time zone of the hub
---@field enabled boolean   it goes off
---@field days? string      the days on which it repeats: "mon-fri", "sat sun"; nil: once

return resource.class("alarm", {}, {})
