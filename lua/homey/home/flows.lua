-- Flows of a home: home:flows, home:create_flow and home:create_folder.

local Flow = require "homey.resource.flow"
local core = require "homey.core"
local format = require "homey.util.format"
local lazy = require "homey.util.lazy"

local flow_changes = lazy "homey.flow.changes"
local item = lazy "homey.manage.item"
local option_tables = lazy "homey.flow.options"
local options = lazy "homey.util.options"

---@class homey.Home
local methods = {}

--- All flows that match, sorted by folder and name.
--- Raises: request.
---@param filter? homey.FlowFilter  all flows by default
---@return homey.Flow[]
function methods:flows(filter)
  return Flow.all(self, filter)
end

--- Create a flow, and read it back. Each card is its id or title, or a table of these, its
--- arguments and options: { "Turn on", { device = lamp }, delay = "5 s" }. Cards and arguments are
--- checked before anything is sent.
--- Raises: invalid, not_found, ambiguous, forbidden, rate_limited, protocol, request.
---@param flow homey.NewFlow
---@return homey.Flow?  nil in a dry run
function methods:create_flow(flow)
  return flow_changes.create(self, flow)
end

--- Create a folder of flows.
--- Raises: invalid, not_found, ambiguous, forbidden, rate_limited, request.
---@param folder homey.NewFolder
---@return homey.Folder?  nil in a dry run
function methods:create_folder(folder)
  local read = options.read(option_tables.new_folder, folder)
  local parent = read.parent ~= nil and self:folder(read.parent) or nil
  return item.create(self, "flowfolder", ("create the folder %s"):format(format(read.name)),
    { name = read.name, parent = parent and parent.id or core.null })
end

return methods
