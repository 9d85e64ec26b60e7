-- Users of the hub: who is at home, and who is asleep.

local answer_status = require "homey.util.answer_status"
local format = require "homey.util.format"
local invalid = require "homey.util.invalid"
local new_error = require "homey.error"
local pipeline = require "homey.write.pipeline"
local read_only = require "homey.resource.read_only"
local raise = require "homey.util.raise"
local resource = require "homey.resource.resource"
local suggest = require "homey.util.suggest"
local text = require "homey.util.text"
local try = require "homey.task.try"

---@class homey.User : homey.Resource
---@field role? string      "owner", "manager", "user", "guest"
---@field present? boolean  the user is at home now; nil when the hub does not know
---@field asleep? boolean   the user is asleep now
local methods = {}

-- By fact: the operation that sets it, and the one for the user of the login.
local operations = {
  present = { "setPresent", "setPresentMe" }, asleep = { "setAsleep", "setAsleepMe" },
}

local function check(key, value)
  if not operations[key] then
    invalid("a user has no value %s to set%s", format(key),
      suggest.hint(tostring(key), suggest.keys(operations)))
  end
  if type(value) ~= "boolean" then
    invalid("user:set(\"%s\") takes true or false, not %s.", key, format(value))
  end
end

-- Reports whether a user is the one of the login, who may always set presence and sleep. An API key
-- may not be allowed to ask: then the user is set as any other.
local function is_me(user)
  local directory = user.home.directory
  if directory.me == nil then
    local told, err = try(user.home.get, user.home, "/api/manager/users/user/me")
    if err and not answer_status(err) then raise(err) end
    directory.me = type(told) == "table" and type(told.id) == "string" and told.id or false
  end
  return directory.me == user.id
end

local function explain(user, err)
  local status = answer_status(err)
  if status == 404 then return user.home.directory:unknown("user", user.id) end
  if status ~= 403 then return err end
  return new_error(err.kind, ("%s: this login may not set presence and sleep of this user. It "
    .. "needs the scope homey.presence, and only an owner or manager may set those of others.")
    :format(tostring(user)), { status = 403 })
end

local function set_one(user, key, value)
  local me = is_me(user)
  local args = { value = value }
  if not me then args.id = user.id end
  pipeline.run {
    home = user.home, resource = user, facts = { [key] = value }, explain = explain,
    words = ("%s: %s = %s"):format(tostring(user), key, format(value)),
    method = "PUT", body = { value = value },
    path = ("/api/manager/presence/%s/%s"):format(me and "me" or text.escape(user.id), key),
    request = {
      operation = operations[key][me and 2 or 1], manager = "homey:manager:presence", args = args,
    },
  }
end

--- Set whether the user is present or asleep: user:set("present", true), or several facts as
--- user:set{ present = true, asleep = false }.
--- Raises: invalid, not_found, forbidden, rate_limited, request.
---@param fact "present"|"asleep"|table<string, boolean>
---@param value? boolean
---@return homey.User self
function methods:set(fact, value)
  if type(fact) ~= "table" then check(fact, value) end
  local wanted = type(fact) == "table" and fact or { [fact] = value }
  for key, each in pairs(wanted) do check(key, each) end
  if next(wanted) == nil then
    invalid("user:set was given an empty table: name a fact such as present, and its value.")
  end
  if self.gone or not self.record then self:refresh() end
  for _, key in ipairs(suggest.keys(wanted)) do set_one(self, key, wanted[key]) end
  return self
end

local User = resource.class("user", methods, {}, "set/2")

return read_only(User, "record read_at since gone", "user:set(%s, %s)")
