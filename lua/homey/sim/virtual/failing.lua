--- Failures of the next requests in virtual time: home:fail{ kind = "offline", times = 2 }.
local invalid = require "homey.util.invalid"
local option_tables = require "homey.sim.options"
local options = require "homey.util.options"
local format = require "homey.util.format"

---@class homey.sim.Failing
---@field package times integer
---@field package reply {kind: string, message: string, status: integer?}
---@field package executed? boolean
---@field package matches fun(request: homey.sim.Asked): boolean
local Failing = { __name = "homey.sim.Failing" }
Failing.__index = Failing

local failing = {}

function Failing:__tostring()
  return ("homey.sim.Failing: %s, %s more"):format(self.reply.kind, format(self.times))
end

--- Let requests succeed again.
function Failing:cancel()
  for i, each in ipairs(self.faults) do
    if each == self then return table.remove(self.faults, i) end
  end
end

--- The message of each kind of failure.
failing.sentences = {
  offline = "the hub cannot be reached: is it on, and on this network?",
  timeout = "the hub did not answer in time.",
  network = "the connection broke before the answer.",
  tls = "the certificate of the hub is not trusted.",
  protocol = "the answer of the hub is malformed.",
  expired = "the login has expired. Log in again.",
  unauthorized = "the hub does not accept the login.",
  forbidden = "the hub forbids this request.",
  not_found = "the hub has no such item.",
  invalid = "the hub did not accept the request.",
  unavailable = "the device does not respond to the hub.",
  rate_limited = "the hub asks for fewer requests.",
  hub = "the hub could not carry out the request.",
}

-- Any other status from 400 is of kind "hub".
local kind_of_status = {
  [400] = "invalid", [401] = "unauthorized", [403] = "forbidden", [404] = "not_found",
  [405] = "invalid", [422] = "invalid", [429] = "rate_limited",
}

--- The error of an answer with a status from 400.
---@param status integer
---@param reason? string  as the hub gives it
---@return string kind
---@return string message
---@return integer status
function failing.refusal(status, reason)
  local kind = kind_of_status[status] or "hub"
  local sentence = failing.sentences[kind]:gsub("%.$", "")
  return kind, ("%s (%s)."):format(sentence, reason or ("status %d"):format(status)), status
end

local function reply_of(read)
  local kind, message, status = read.kind, read.message, read.status
  if kind then
    message = message or failing.sentences[kind]
  else
    kind, message, status = failing.refusal(status, message)
  end
  return { kind = kind, message = message, status = status }
end

local function matcher(read, id)
  return function(request)
    if read.method and request.method ~= read.method:upper() then return false end
    if read.path and not request.path:find(read.path, 1, true) then return false end
    if id and not request.path:find("/device/" .. id, 1, true) then return false end
    local capability = read.capability
    return not capability or request.path:match("/capability/([^/]+)$") == capability
  end
end

--- Let the next requests fail.
---@param faults homey.sim.Failing[]  those of the client
---@param read homey.sim.Fail
---@param id? string  id of the option `device`
---@return homey.sim.Failing
function failing.new(faults, read, id)
  local self = setmetatable({
    faults = faults, times = read.times, reply = reply_of(read),
    executed = read.executed, matches = matcher(read, id),
  }, Failing)
  faults[#faults + 1] = self
  return self
end

--- The checked options of home:fail.
---@param given any
---@return homey.sim.Fail
function failing.options(given)
  if type(given) == "string" then given = { kind = given } end
  if type(given) == "number" then given = { status = given } end
  local read = options.read(option_tables.fail, given)
  local status = read.status
  if not read.kind and not status then
    invalid("fail takes a `kind` such as \"offline\", or a `status` such as 500.")
  end
  if status and not read.kind and not (status >= 400 and status <= 599) then
    invalid("fail: `status` is from 400 to 599 without a `kind`, not %s.", format(status))
  end
  return read
end

return failing
