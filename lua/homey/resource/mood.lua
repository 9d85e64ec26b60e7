-- Moods of the hub: values of some devices of a zone, that are set together.

local new_error = require "homey.error"
local answer_status = require "homey.util.answer_status"
local pipeline = require "homey.write.pipeline"
local raise = require "homey.util.raise"
local read_only = require "homey.resource.read_only"
local resource = require "homey.resource.resource"
local suggest = require "homey.util.suggest"
local text = require "homey.util.text"
local try = require "homey.task.try"
local write = require "homey.write.write"

---@class homey.Mood : homey.Resource, homey.Item
---@field zone? homey.Zone   the zone that it is for
---@field preset? string     the preset of the hub that it was made of
---@field devices homey.Device[]  the devices that it sets
local methods = {}

local fields = {}

local function record_of(self)
  if not self.record then self:refresh() end
  return self.record
end

function fields.zone(self)
  local id = record_of(self).zone
  return id and self.home.directory:by_id("zone", id) or nil
end

local names_last = 60 -- seconds for which the names of devices are not read again

function fields.devices(self)
  local list, directory = {}, self.home.directory
  try(directory.need, directory, { "zone", "device" }, names_last) -- a login may lack the scope
  for i, id in ipairs(suggest.keys(record_of(self).devices or {})) do
    list[i] = directory:by_id("device", id)
  end
  return list
end

---@class homey.MoodValue
---@field device homey.Device  the device that it sets
---@field capability string  the id of the capability
---@field value any            the value that the capability gets

--- The values that the mood sets, sorted by device and capability.
--- Raises: not_found, request.
---@return homey.MoodValue[]
function methods:values()
  local list, devices = {}, self:current().devices or {}
  for _, device in ipairs(fields.devices(self)) do
    local entry = devices[device.id]
    local state = type(entry) == "table" and type(entry.state) == "table" and entry.state or {}
    for _, capability in ipairs(suggest.keys(state)) do
      list[#list + 1] = { device = device, capability = capability, value = state[capability] }
    end
  end
  return list
end

-- The error of a mood that sets what a guard forbids.
local function objection(each)
  local mood, home = each.resource, each.home
  for _, change in ipairs(mood:values()) do
    local why, err = try(home.guards.objection, home.guards, change.device, change.capability,
      change.value)
    if err and err.kind ~= "not_found" then raise(err) end -- a mood may name a device that is gone
    if why then
      return new_error("forbidden", ("the mood '%s' is not set, as it sets %s: %s"):format(
        tostring(mood), write.describe(change), why))
    end
  end
end

local function explain(mood, err)
  local status = answer_status(err)
  if status == 404 then return mood.home.directory:unknown("mood", mood.id) end
  if not status then return err end
  return new_error(err.kind, ("the mood '%s': %s"):format(tostring(mood), err.message),
    { status = status })
end

--- Set the mood: its devices take its values. Guards are asked about each of them.
--- Raises: not_found, forbidden, rate_limited, request.
---@return homey.Mood self
function methods:set()
  if self.gone or not self.record then self:refresh() end
  pipeline.run {
    home = self.home, resource = self, words = ("set the mood '%s'"):format(tostring(self)),
    method = "POST", path = ("/api/manager/moods/mood/%s/set"):format(text.escape(self.id)),
    body = {}, explain = explain, objection = objection,
    request = { operation = "setMood", manager = "homey:manager:moods", args = { id = self.id } },
  }
  return self
end

local Mood = resource.class("mood", methods, fields, "set/0 values/0")

return read_only(Mood, "record read_at since gone", "mood:set()")
