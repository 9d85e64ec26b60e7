-- Contents of a folder of flows: only an empty one is removed.

local invalid = require "homey.util.invalid"

--- Refuse a folder that has something in it.
---@param folder homey.Folder
return function(folder)
  local directory = folder.home.directory
  local found
  for _, flow in ipairs(directory:all("flow", { "flowfolder", "flow" })) do
    if flow.record.folder == folder.id then found = found or flow end
  end
  for _, other in ipairs(directory:list "flowfolder") do
    if other.record.parent == folder.id then found = found or other end
  end
  if not found then return end
  invalid("the folder %s is not empty: '%s' is in it. Move or remove what is in it first.",
    tostring(folder), tostring(found))
end
