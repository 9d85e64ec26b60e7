-- Methods that all resources share: reads them, and calls functions for their events.

local timestamp = require "homey.time.timestamp"
local raise = require "homey.util.raise"
local resource_types = require "homey.model.resource_types"

local trigger = require("homey.util.lazy") "homey.automation.trigger"

local moment = 5 -- seconds after which changing facts are read again

---@class homey.Resource
---@field id string        its id at the hub
---@field name string      its name
---@field home homey.Home  the home that it is in
---@field package record? table  its facts, when they were read
---@field package read_at? number
---@field package gone? boolean
local common = {}

-- Its facts, however old.
local function facts(self)
  if not self.record then self:refresh() end
  return self.record
end

-- Its facts as they are now.
local function current(self)
  local home, kind = self.home, getmetatable(self).kind
  if self.gone then raise(home.directory:missing(kind, self.id)) end
  if home.cache then
    for _, each in ipairs(resource_types[kind].reads) do home.cache:follow(each) end
  end
  if not self.record then return facts(self) end
  if home.cache and home.cache:has(kind)
    or home.scheduler.core_loop:now() - self.read_at < moment then
    return self.record
  end
  self:refresh()
  return self.record
end

--- Read it from the hub again.
--- Raises: not_found, request.
---@return homey.Resource self
function common:refresh()
  self.home.directory:read_one(getmetatable(self).kind, self)
  return self
end

--- Its facts as they are now.
---@package
---@return table
function common:current()
  return current(self)
end

--- The facts of one of its values, in the form of a capability.
---@package
---@param key string
---@return homey.Capability?  nil when it has no such value
function common:known(key)
  local values = resource_types[getmetatable(self).kind].values
  local of_type = values and values[key]
  if not of_type then return nil end
  local record = facts(self)
  if of_type == true then of_type = record.type end
  return {
    id = key, type = of_type, value = record[key], getable = true,
    updated = self.since and self.since[key],
  }
end

--- Note that one of its values has changed.
---@package
---@param key string
---@param just_now boolean  false: the time of the change is unknown
function common:changed(key, just_now)
  self.since = self.since or {}
  self.since[key] = just_now and timestamp.text(self.home.scheduler.core_loop:time() * 1000) or nil
end

--- Call f for its events: f(self, event) for "update" and "delete", f(value, self, event) for one
--- of its values, with the options that device:on takes. Without a name: every update and delete.
--- Raises: invalid, not_found, request.
---@param what? string  may be left out
---@param options? homey.TriggerOptions  may be left out
---@param f function
---@return homey.Handle
function common:on(what, options, f)
  return trigger.on_resource(self, what, options, f)
end

return { methods = common }
