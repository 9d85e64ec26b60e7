-- Folders of flows. They appear in the names of flows, "Evening/Good night".

local core = require "homey.core"
local format = require "homey.util.format"
local item = require("homey.util.lazy") "homey.manage.item"
local read_only = require "homey.resource.read_only"
local resource = require "homey.resource.resource"

---@class homey.Folder : homey.Resource
---@field parent? homey.Folder  the folder around it
local methods = {}

local fields = {}

function fields.parent(self)
  if not self.record then self:refresh() end
  local id = self.record.parent
  return id and self.home.directory:by_id("flowfolder", id) or nil
end

--- The flows in the folder and in the folders inside it, sorted by folder and name.
--- Raises: request.
---@return homey.Flow[]
function methods:flows()
  local list, directory = {}, self.home.directory
  for _, flow in ipairs(directory:all("flow", { "flowfolder", "flow" })) do
    for _, folder in ipairs(directory:around("flow", flow.record)) do
      if folder == self then list[#list + 1] = flow end
    end
  end
  return list
end

--- Put the folder into another one.
--- Raises: invalid, not_found, ambiguous, forbidden, rate_limited, request.
---@param folder? string|homey.Folder  nil: into none
---@return homey.Folder self
function methods:move(folder)
  local target = folder ~= nil and self.home:folder(folder) or nil
  item.need(self)
  local id = target and target.id or core.null
  item.change(self, ("move the folder %s to %s"):format(tostring(self),
    target and tostring(target) or format(nil)), { parent = id }, { parent = id })
  return self
end

local Folder = resource.class("flowfolder", methods, fields, "flows/0 move/1")

return read_only(Folder, "record read_at since gone", "folder:rename(name)")
