-- Apps of the hub: their state, and the API that each has of its own.

local resource = require "homey.resource.resource"

---@class homey.App : homey.Resource
---@field state? string      "running", "starting", "stopping", "stopped" or "crashed"
---@field enabled boolean    the hub runs it
---@field version? string    "3.8.0"
---@field origin? string     "appstore", "devkit_run", "devkit_install"
---@field channel? string    "live" or "test"; on a v2 hub "stable", "beta" or "alpha"
---@field crashed boolean    its state is "crashed"
---@field crash_message? string  what it said when it crashed

return resource.class("app", {}, {})
