-- Folders of flows. They appear in the names of flows, "Evening/Good night".

local resource = require "homey.resource.resource"

---@class homey.Folder : homey.Resource
return resource.class("flowfolder", {}, {})
