-- home:value: a value that a function of the program computes.

local Cache = require "homey.realtime.cache"
local Selection = require "homey.resource.selection"
local computed = require "homey.automation.computed"
local format = require "homey.util.format"
local invalid = require "homey.util.invalid"
local members = require "homey.automation.members"
local resource_types = require "homey.model.resource_types"

---@class homey.Home
local methods = {}

-- By kind: a function that follows a thing.
local followers = {}

function followers.device(device, changed)
  return members.follow_one(Cache.of(device.home, "device"), device, nil, changed)
end

function followers.value(value, changed)
  return value.feed:watch(value, changed)
end

function followers.selection(selection, changed)
  local home, wanted = Selection.filter_of(selection)
  return members.follow(Cache.of(home, "device"), home, wanted, nil, {}, changed)
end

local function follow_resource(resource, changed)
  return Cache.of(resource.home, getmetatable(resource).kind):watch(resource, changed)
end

local function follower_of(thing)
  if Selection.filter_of(thing) then return followers.selection end
  local meta = getmetatable(thing)
  local kind = type(meta) == "table" and meta.kind
  if not kind then return nil end
  return followers[kind] or resource_types[kind].values and follow_resource
end

-- A single thing may stand for a list of it.
local function list_of(things)
  local is_plain = type(things) == "table" and getmetatable(things) == nil
  if things ~= nil and not is_plain then return { things } end
  if is_plain and #things > 0 then return things end
  return invalid("homey.value takes a function and a list of what it depends on, such as "
    .. "{ homey.device(\"Hall/Lamp\"), homey.variable(\"Guests\") }.")
end

--- A value that a function computes again after each change of its sources:
--- homey.value(function() return solar:get("measure_power") - use:get() end, { solar, use }). It
--- exists only in this program. The function may wait. When it fails, the error is logged and the
--- value stays.
--- Raises: invalid.
---@param f fun(): any
---@param things any[]  devices, selections, zones, variables, users, other values
---@return homey.Value
function methods:value(f, things)
  if type(f) ~= "function" then
    invalid("homey.value takes a function that returns the value, not %s.", format(f))
  end
  local follows = {}
  for i, thing in ipairs(list_of(things)) do
    local follower = follower_of(thing) or invalid(
      "homey.value depends on devices, selections, zones, variables, users and other values, not "
        .. "on %s.",
      getmetatable(thing) and tostring(thing) or format(thing))
    follows[i] = function(changed) return follower(thing, changed) end
  end
  return computed.new(self, f, follows)
end

return methods
