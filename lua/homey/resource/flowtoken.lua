-- Flow tokens of the hub, which people call tags: values of variables, devices and apps that flows
-- use.

local answer_status = require "homey.util.answer_status"
local core = require "homey.core"
local new_error = require "homey.error"
local raise = require "homey.util.raise"
local read_only = require "homey.resource.read_only"
local resource = require "homey.resource.resource"
local text = require "homey.util.text"

---@class homey.Token : homey.Resource
---@field type string    the type of its value: "number", "string", "boolean", "image"
---@field uri string     its owner: "homey:manager:logic", "homey:device:<id>"
---@field owner string   name of its owner: "Logic", a device, an app
---@field tag string     stands for its value in a flow card: "[[" .. token.tag .. "]]"
local methods = {}

local fields = {}

-- The uri of the owner, and the rest of the id.
local function parts(self)
  local uri, rest = self.id:match "^([^:]+:[^:]+:[^:]+):(.+)$"
  return uri or "", rest or self.id
end

function fields.uri(self) return (parts(self)) end

function fields.tag(self)
  return ("%s|%s"):format(parts(self))
end

local path = "/api/manager/flowtoken/flowtoken/"

-- Where the value stands: version 2 sends it with the token.
local function request_of(self)
  local uri, rest = parts(self)
  if self.home:speaks(2) then
    return path .. text.escape(uri) .. "/" .. text.escape(rest),
      { operation = "getFlowToken", args = { uri = uri, id = rest } }
  end
  return path .. text.escape(self.id) .. "/value",
    { operation = "getFlowTokenValue", args = { id = self.id } }
end

-- The value in an answer: some firmware sends it as { value = ... }.
local function value_in(answer)
  if type(answer) == "table" then answer = answer.value end
  if answer == core.null then return nil end
  return answer
end

--- The current value, read from the hub.
--- Raises: not_found, request.
---@return any  nil when it has none
function methods:get()
  local from, request = request_of(self)
  request.manager = "homey:manager:flowtoken"
  local answer = self.home:read(from, request)
  self.home.scheduler:settle { answer }
  if answer_status(answer.error) == 404 then
    raise(self.home.directory:unknown("flowtoken", self.id))
  end
  if answer.error then raise(answer.error) end
  return value_in(answer.value)
end

--- Set the value of a token of a variable. Only its owner sets any other token.
--- Raises: invalid, not_found, forbidden, request.
---@param value number|string|boolean
---@return homey.Token self
function methods:set(value)
  local uri, rest = parts(self)
  if uri ~= "homey:manager:logic" then
    if not self.record then self:refresh() end
    raise(new_error("invalid", ("%s is set by its owner: only tokens of variables can be set.")
      :format(tostring(self))))
  end
  self.home:variable(rest):set(value)
  return self
end

local Token = resource.class("flowtoken", methods, fields, "get/0 set/1")

return read_only(Token, "record read_at since gone", "token:set(value)")
