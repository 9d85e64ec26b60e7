-- Methods that many kinds of resources share: rename and remove.

local arguments = require "homey.util.arguments"
local confirm = require "homey.manage.confirm"
local format = require "homey.util.format"
local item = require "homey.manage.item"
local lazy = require "homey.util.lazy"
local resource_types = require "homey.model.resource_types"

---@class homey.Item  something at the hub that a person may rename and remove
local methods = {}

-- The word for a resource in a message, and in the name of a method: "folder".
local function word_of(resource)
  local kind = getmetatable(resource).kind
  return resource_types[kind].singular or kind
end

-- "the device Hall/Lamp"
local function described(resource)
  return ("the %s %s"):format(word_of(resource), tostring(resource))
end

--- Give it another name.
--- Raises: invalid, not_found, forbidden, rate_limited, request.
---@param name string
---@return self
function methods:rename(name)
  arguments.check_name(name, "%s:rename takes a name, not ", word_of(self))
  item.need(self)
  item.change(self, ("rename %s to %s"):format(described(self), format(name)), { name = name },
    { name = name })
  return self
end

-- What a kind of resources demands before one is removed.
local checks = {
  zone = lazy "homey.manage.zone_contents", flowfolder = lazy "homey.manage.folder_contents",
}

--- Remove it from the hub for good. A zone must be empty.
--- Raises: invalid, not_found, forbidden, rate_limited, request.
---@param confirmation homey.ConfirmOptions  { confirm = true }
function methods:remove(confirmation)
  local kind = getmetatable(self).kind
  item.need(self)
  confirm(confirmation, word_of(self) .. ":remove",
    ("remove %s from the hub for good"):format(described(self)))
  if checks[kind] then checks[kind](self) end
  item.remove(self, "remove " .. described(self))
end

return { methods = methods }
