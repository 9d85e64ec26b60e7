-- Dashboards of the hub: pages of widgets for tablets and browsers.

local resource = require "homey.resource.resource"

---@class homey.Dashboard : homey.Resource, homey.Item

return resource.class("dashboard", {}, {})
