--- Failures of the next requests in virtual time: home:fail{ kind = "offline", times = 2 }.
local invalid = require "homey.util.invalid"
local suggest = require "homey.util.suggest"
local show = require "homey.util.format"

---@class homey.sim.Fail
---@field kind? string       kind of the error: "offline", "timeout", "hub", ...
---@field status? integer    status of the hub's answer, 400 to 599, in place of a kind; beside a
---   kind any status: { kind = "protocol", status = 302 } is a page of another server
---@field message? string    message of the hub, or of the error
---@field times? integer     number of requests that fail; 1
---@field method? string     only requests with this method: "PUT"
---@field path? string       only paths that contain this text
---@field device? string     only requests for this device
---@field capability? string only requests that set this capability
---@field executed? boolean  the hub carries the request out, and only its answer is lost

---@class homey.sim.Failing
---@field package times integer
---@field package reply {kind: string, message: string, status: integer?}
---@field package executed? boolean
---@field package matches fun(request: homey.sim.Asked): boolean
local Failing = { __name = "homey.sim.Failing" }
Failing.__index = Failing

local failing = {}

function Failing:__tostring()
  return ("homey.sim.Failing: %s, %s more"):format(self.reply.kind, show(self.times))
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

local types = {
  kind = "string", status = "number", message = "string", times = "number", method = "string",
  path = "string", device = "string", capability = "string", executed = "boolean",
}

local function hint(name, map) return suggest.hint(tostring(name), suggest.keys(map)) end

local function check(options)
  for name, value in pairs(options) do
    if not types[name] then
      invalid("fail has no option %s%s", show(name), hint(name, types))
    end
    if type(value) ~= types[name] then
      invalid("fail: `%s` is a %s, not %s.", name, types[name], show(value))
    end
  end
  local kind, status, times = options.kind, options.status, options.times
  if not kind and not status then
    invalid("fail takes a `kind` such as \"offline\", or a `status` such as 500.")
  end
  if kind and not failing.sentences[kind] then
    invalid("there is no failure of kind %s%s", show(kind), hint(kind, failing.sentences))
  end
  if status and not kind and not (status >= 400 and status <= 599) then
    invalid("fail: `status` is from 400 to 599, not %s.", show(status))
  end
  if times and times < 1 then invalid("fail: `times` is 1 or more, not %s.", show(times)) end
end

local function reply_of(options)
  local kind, message, status = options.kind, options.message, options.status
  if kind then
    message = message or failing.sentences[kind]
  else
    kind, message, status = failing.refusal(status, message)
  end
  return { kind = kind, message = message, status = status }
end

local function matcher(options, id)
  return function(request)
    if options.method and request.method ~= options.method:upper() then return false end
    if options.path and not request.path:find(options.path, 1, true) then return false end
    if id and not request.path:find("/device/" .. id, 1, true) then return false end
    local capability = options.capability
    return not capability or request.path:match("/capability/([^/]+)$") == capability
  end
end

--- Let the next requests fail.
---@param faults homey.sim.Failing[]  those of the client
---@param options homey.sim.Fail
---@param id? string  id of the option `device`
---@return homey.sim.Failing
function failing.new(faults, options, id)
  local self = setmetatable({
    faults = faults, times = options.times or 1, reply = reply_of(options),
    executed = options.executed, matches = matcher(options, id),
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
  if type(given) ~= "table" then
    invalid("fail takes a table such as { kind = \"offline\", times = 2 }, not %s.", show(given))
  end
  check(given)
  return given
end

return failing
