-- What is still to be set back, in a state of its own, so that a restart does not leave a lamp on for ever. Where another
-- process has that state, or the disk fails, it is remembered in memory alone.

local books = require "homey.books"
local log = require "homey.log"
local try = require "homey.try"

local NAME = "revert_after"

---@class homey.Pending
---@field device string      id
---@field capability string
---@field value any          what it was, and will be again
---@field set any            what it was set to
---@field at number          when it is due, seconds since 1970

local pending = {}

local function state_of(home)
  if not home.client then return {} end
  if home.reverts then return home.reverts end
  local state, err = try(books.state, home.reactor, home, NAME)
  if not state and err.kind ~= "unavailable" then log("warning", tostring(err), home.label) end
  home.reverts = state or {}
  return home.reverts
end

local function key(device, id)
  return device.id .. " " .. id
end

--- Remember that a capability is to be set back.
---@param device homey.Device
---@param id string
---@param entry {value: any, set: any, at: number}
function pending.note(device, id, entry)
  entry.device, entry.capability = device.id, id
  state_of(device.home)[key(device, id)] = entry
end

--- It was set back, or need not be.
---@param device homey.Device
---@param id string
function pending.forget(device, id)
  state_of(device.home)[key(device, id)] = nil
end

local function exists(folder)
  local file = io.open(("%s/state-%s.json"):format(folder, NAME))
  if file then file:close() end
  return file ~= nil
end

local function is_sound(entry)
  return type(entry) == "table" and type(entry.device) == "string" and type(entry.capability) == "string"
    and type(entry.at) == "number" and entry.value ~= nil
end

--- What a program before this one has left to be set back.
---@param home homey.Home
---@return homey.Pending[]
function pending.left(home)
  local list = {}
  if not home.state_dir or not exists(home.state_dir) then return list end
  for _, entry in pairs(state_of(home)) do
    if is_sound(entry) then list[#list + 1] = entry end
  end
  return list
end

return pending
