-- A folder of flows. People meet it in the names of flows, "Evening/Good night".

local subject = require "homey.resource.resource"

---@class homey.Folder : homey.Subject
return subject.class("flowfolder", "homey.Folder", {}, { name = "kept" })
