-- Resources: base class of flows, folders, variables and users. An object is made from an id; its
-- facts are read when they are first needed. Facts that may change are kept up to date by events
-- when the cache follows the kind; otherwise they are read again when they are some seconds old.

local arguments = require "homey.util.arguments"
local fiber = require "homey.task.fiber"
local instant = require "homey.time.timestamp"
local lazy = require "homey.util.lazy"
local raise = require "homey.util.raise"
local resource_types = require "homey.model.resource_types"
local visible = require("homey.util.text").visible

local suggest = lazy "homey.util.suggest"
local unknown_name = lazy "homey.util.unknown_name"
local trigger = lazy "homey.automation.trigger"

local moment = 5 -- seconds after which changing facts are read again

---@class homey.Resource
---@field id string        its id at the hub
---@field name string      its name
---@field home homey.Home  the home that it is in
---@field package record? table  its facts, when they were read
---@field package read_at? number
---@field package gone? boolean
local common = {}

local resource = {}

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

local function read_field(self, key, how)
  if how == "now" then return current(self)[key] end
  return facts(self)[key]
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

--- Apply facts that the hub has accepted from this program.
---@package
---@param told table<string, any>
function common:learn(told)
  local record = {}
  for name, value in pairs(self.record) do record[name] = value end
  for name, value in pairs(told) do record[name] = value end
  self.record = record
  self.home.directory:registry(getmetatable(self).kind):note(self.id, false)
end

--- The facts of one of its values, in the form of a capability.
---@package
---@param key string
---@return homey.Capability?  nil when it has no such value
function common:known(key)
  local of_type = resource_types[getmetatable(self).kind].values[key]
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
  self.since[key] = just_now and instant.text(self.home.scheduler.core_loop:time() * 1000) or nil
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

--- Make a class of resources. The facts in its row of resource_types are its fields.
---@param kind string
---@param methods table    the methods that it adds to those of every resource
---@param more? table<string, "now"|"kept"|function>  further fields: changing, fixed, computed
---@param checked? string  methods, and how many arguments each takes: "get/0 set/1"
---@return table
function resource.class(kind, methods, more, checked)
  local fields, row = {}, resource_types[kind]
  for _, fact in ipairs(row.facts) do fields[fact[1]] = fact[4] or "kept" end
  for key, how in pairs(more or {}) do fields[key] = how end
  local typed = table.concat(suggest.keys(methods), " ") .. " "
    .. table.concat(suggest.keys(fields), " ") .. " id home on refresh"
  local Class = { __name = row.class, kind = kind }

  --- Make the object of an id. No request is made.
  function Class.new(home, id)
    return setmetatable({ home = home, id = id, record = false, read_at = false, since = false,
      gone = false }, Class)
  end

  --- Reports whether a value is an object of this class.
  function Class.is(value)
    return getmetatable(value) == Class
  end

  function Class.__index(self, key)
    local method = methods[key] or common[key]
    if method then return method end
    local how = fields[key]
    if type(how) == "function" then return fiber.from_metamethod(how, self) end
    if how then return fiber.from_metamethod(read_field, self, key, how) end
    return unknown_name("a " .. kind, key, typed, "record read_at since gone")
  end

  function Class.__tostring(self)
    if not self.record then return ("%s %s"):format(kind, visible(self.id)) end
    local path = self.home.directory:path(kind, self.record)
    path[#path + 1] = self.record.name
    return visible(table.concat(path, "/"))
  end

  function Class.__concat(a, b)
    return tostring(a) .. tostring(b)
  end

  methods.on, methods.refresh = methods.on or common.on, methods.refresh or common.refresh
  return arguments.check_methods(Class, methods, kind, "on/3 refresh/0 " .. (checked or ""))
end

return resource
