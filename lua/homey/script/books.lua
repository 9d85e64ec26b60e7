-- The books of a home, opened when they are first needed: states, guards, the flood that is held back, the journal.

local Scheduler = require "homey.task.scheduler"
local lazy = require "homey.util.lazy"

local Flood = lazy "homey.write.rate_limit"
local Journal = lazy "homey.journal.journal"
local check = lazy "homey.login.options"
local guard = lazy "homey.write.guard"
local set_limits = lazy "homey.automation.limits"
local state = lazy "homey.state.state"
local why = lazy "homey.journal.why"

local books = {}

local floods = setmetatable({}, { __mode = "k" }) -- home -> its flood

--- What counts the changes of a home's devices.
---@param home homey.Home
---@return homey.Flood
function books.flood(home)
  floods[home] = floods[home] or Flood.new(home.scheduler.limits)
  return floods[home]
end

--- Forbid changes.
---@param home homey.Home
---@param rule homey.GuardRule
---@return homey.Handle
function books.guard(home, rule)
  return guard.add(home, rule)
end

--- The journal of a home; false where it wants none.
---@param home homey.Home
---@return homey.Journal|false
function books.journal(home)
  return Journal.new(home.scheduler, home.state_dir)
end

--- Why a capability is as it is.
---@param home homey.Home
---@param device homey.Device
---@param capability string
---@return string sentence
---@return table steps
function books.why(home, device, capability)
  return why(home, device, capability)
end

-- Where states are, and whether they are left alone. Where nobody has logged in, it is as a login would have it; virtual
-- time has no folder.
local function folder_of(scheduler, home)
  if home then return home.state_dir, home.dry_run end
  if scheduler ~= Scheduler.shared() then return nil end
  local _, options = check()
  return options.state_dir, options.dry_run
end

--- A table that survives restarts.
---@param scheduler homey.Scheduler
---@param home? homey.Home
---@param name string
---@return table
function books.state(scheduler, home, name)
  local folder, dry = folder_of(scheduler, home)
  return state.of(scheduler, home, folder, name, dry)
end

--- Change the limits of a scheduler.
---@param scheduler homey.Scheduler
---@param limits table
function books.limits(scheduler, limits)
  set_limits(scheduler, limits)
end

return books
