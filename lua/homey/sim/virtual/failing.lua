--- What the next requests of a home in virtual time come to: home:fail{ kind = "offline", times = 2 }.
local Client = require "homey.sim.virtual.client"
local invalid = require "homey.util.invalid"
local near = require "homey.util.suggest"
local show = require "homey.util.format"

---@class homey.sim.Fail
---@field kind? string       of the error: "offline", "timeout", "hub", ...
---@field status? integer    with which the hub answers, 400 to 599; one of both is enough. Beside a kind any status that an
---   answer can have: { kind = "protocol", status = 302 } is a web page in place of the hub
---@field message? string    what the hub says, or the error
---@field times? integer     so many requests; 1
---@field method? string     only such: "PUT"
---@field path? string       only where the path holds this
---@field device? string     only what is about this device
---@field capability? string only what sets this capability
---@field executed? boolean  the hub does it all the same, and only its answer is lost

---@class homey.sim.Failing
---@field times integer
---@field reply {kind: string, message: string, status: integer?}
---@field executed? boolean
---@field matches fun(request: homey.sim.Asked): boolean
local Failing = { __name = "homey.sim.Failing" }
Failing.__index = Failing

function Failing:__tostring()
  return ("homey.sim.Failing: %s, %s more"):format(self.reply.kind, show(self.times))
end

--- Requests succeed again.
function Failing:cancel()
  for i, each in ipairs(self.faults) do
    if each == self then return table.remove(self.faults, i) end
  end
end

-- What the core says of each, once its own tries are over.
local sentences = {
  offline = "the hub cannot be reached: is it on, and on this network?",
  timeout = "the hub did not answer in time.",
  network = "the connection broke before the answer came.",
  tls = "the certificate of the hub is not to be trusted.",
  protocol = "what the hub answered cannot be understood.",
  expired = "the login has expired: log in again.",
  unauthorized = "the hub does not accept the login.",
  forbidden = "the hub forbids it.",
  not_found = "the hub does not know it.",
  invalid = "the hub did not accept what was sent.",
  unavailable = "the device does not answer the hub.",
  rate_limited = "the hub asks for fewer requests.",
  hub = "the hub could not do it.",
}

local types = {
  kind = "string", status = "number", message = "string", times = "number", method = "string", path = "string",
  device = "string", capability = "string", executed = "boolean",
}

local function check(what)
  for name, value in pairs(what) do
    if not types[name] then
      invalid("fail has no option %s%s", show(name), near.hint(tostring(name), near.keys(types)))
    end
    if type(value) ~= types[name] then invalid("fail: `%s` is a %s, not %s.", name, types[name], show(value)) end
  end
  if not what.kind and not what.status then
    invalid("fail takes what goes wrong: a `kind` such as \"offline\", or a `status` such as 500.")
  end
  if what.kind and not sentences[what.kind] then
    invalid("there is no failure of kind %s%s", show(what.kind), near.hint(what.kind, near.keys(sentences)))
  end
  if what.status and not what.kind and not (what.status >= 400 and what.status <= 599) then
    invalid("fail: a hub refuses with a `status` from 400 to 599, not with %s.", show(what.status))
  end
  if what.times and what.times < 1 then invalid("fail: `times` is 1 or more, not %s.", show(what.times)) end
end

local function reply_of(what)
  if what.kind then
    return { kind = what.kind, message = what.message or sentences[what.kind], status = what.status }
  end
  local kind, message, status = Client.refusal(what.status, what.message)
  return { kind = kind, message = message, status = status }
end

local function matcher(what, id)
  return function(request)
    if what.method and request.method ~= what.method:upper() then return false end
    if what.path and not request.path:find(what.path, 1, true) then return false end
    if id and not request.path:find("/device/" .. id, 1, true) then return false end
    return not what.capability or request.path:match("/capability/([^/]+)$") == what.capability
  end
end

--- What the next requests come to.
---@param faults homey.sim.Failing[]  those of the client
---@param what homey.sim.Fail
---@param id? string  of its device
---@return homey.sim.Failing
function Failing.new(faults, what, id)
  local failing = setmetatable({
    faults = faults, times = what.times or 1, reply = reply_of(what), executed = what.executed,
    matches = matcher(what, id),
  }, Failing)
  faults[#faults + 1] = failing
  return failing
end

--- The options of home:fail, checked.
---@param what any
---@return homey.sim.Fail
function Failing.options(what)
  if type(what) == "string" then what = { kind = what } end
  if type(what) == "number" then what = { status = what } end
  if type(what) ~= "table" then
    invalid("fail takes a table such as { kind = \"offline\", times = 2 }, not %s.", show(what))
  end
  check(what)
  return what
end

return Failing
