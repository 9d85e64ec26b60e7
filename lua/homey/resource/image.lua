-- Images of the hub: pictures of cameras, album covers and the like, which apps keep up to date.

local resource = require "homey.resource.resource"

---@class homey.Image : homey.Resource
---@field owner_uri? string  the app that it belongs to
---@field url? string        its path at the hub
---@field updated? number    when it changed last, seconds since 1970

return resource.class("image", {}, {})
