-- Variables of the hub: a number, a text or a boolean that flows and scripts share.

local arguments = require "homey.util.arguments"
local new_error = require "homey.error"
local pipeline = require "homey.write.pipeline"
local raise = require "homey.util.raise"
local capability = require "homey.model.capability"
local read_only = require "homey.resource.read_only"
local format = require "homey.util.format"
local resource = require "homey.resource.resource"
local text = require "homey.util.text"

---@class homey.Variable : homey.Resource, homey.Item
---@field type "number"|"string"|"boolean"  the type of its value
---@field value number|string|boolean|nil  the current value
---@field is_variable true  distinguishes it from other resources
local methods = {}

local fields = { is_variable = function() return true end }

local function refuse(self, value)
  local takes = capability.takes { type = self.record.type }
  raise(new_error("invalid", ("%s takes %s, not %s."):format(tostring(self), takes, format(value))))
end

--- The current value. It is read from the hub, unless events keep the variables up to date.
--- Raises: not_found, request.
---@return number|string|boolean|nil
function methods:get()
  local cache = self.home.cache
  if not self.gone and not (cache and cache:has "variable") then
    if cache then cache:follow "variable" end
    self:refresh()
  end
  return self:current().value
end

--- Set the variable. A value of another type is refused before anything is sent.
--- Raises: invalid, not_found, forbidden, request.
---@param value number|string|boolean
---@return homey.Variable self
function methods:set(value)
  if self.gone or not self.record then self:refresh() end
  if not capability.has_type(self.record, value) then refuse(self, value) end
  pipeline.run {
    home = self.home, resource = self, words = ("%s = %s"):format(tostring(self), format(value)),
    facts = { value = value },
    method = "PUT", path = "/api/manager/logic/variable/" .. text.escape(self.id),
    body = { value = value },
    request = {
      operation = "updateVariable", manager = "homey:manager:logic",
      args = { id = self.id, variable = { value = value } },
    },
  }
  return self
end

--- Call f for events of the variable: variable:on(f) and variable:on(options, f) for its value,
--- f(value, variable, event); variable:on("delete", f) and variable:on("update", f) for the
--- variable itself, f(variable, event). Raises: invalid, not_found, request.
---@param options? homey.TriggerOptions|string
---@param f function
---@param ... any  after the name of an event: the options and the function
---@return homey.Handle
function methods:on(options, f, ...)
  if type(options) == "string" then
    return require("homey.automation.trigger").on_resource(self, options, f, ...)
  end
  arguments.check_count("variable:on", 2, options, f, ...)
  return require("homey.automation.trigger").on_resource(self, "value", options, f)
end

local Variable = resource.class("variable", methods, fields, "get/0 set/1")

return read_only(Variable, "record read_at since gone", "variable:set(value)")
