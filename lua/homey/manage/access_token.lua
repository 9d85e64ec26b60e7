-- Access tokens: the API keys of a hub, with which programs log in without the cloud.

local call = require "homey.manage.call"
local confirm = require "homey.manage.confirm"
local fact_object = require "homey.manage.fact_object"
local format = require "homey.util.format"
local new_error = require "homey.error"
local raise = require "homey.util.raise"
local records = require "homey.model.record"
local try = require "homey.task.try"

local answer_status = require "homey.util.answer_status"
local text = require "homey.util.text"

---@class homey.AccessToken
---@field id string       its id at the hub
---@field name string     its name
---@field scopes string[]  what it allows
---@field home homey.Home  the home that it is in
local methods = {}

-- Calls f. A hub does not let an API key manage API keys.
local function ask(f, ...)
  local value, err = try(f, ...)
  if not err then return value end
  if answer_status(err) == 403 and text.lower(err.message):find("session type", 1, true) then
    err = new_error("forbidden",
      "an API key cannot manage API keys: log in with the account of the hub's owner.",
      { status = 403 })
  end
  return raise(err)
end

--- Remove the access token: who logs in with it is shut out at once.
--- Raises: invalid, forbidden, not_found, rate_limited, request.
---@param confirmation homey.ConfirmOptions  { confirm = true }
function methods:remove(confirmation)
  local words = ("remove the access token %s"):format(format(self.name))
  confirm(confirmation, "access_token:remove", words .. " for good")
  ask(call.run, {
    home = self.home, manager = "users", operation = "deletePersonalAccessToken",
    args = { id = self.id }, words = words,
  })
end

local AccessToken = fact_object.class("homey.AccessToken", "access_token", methods,
  "id name scopes home", "remove/1")

local function new(home, raw)
  local scopes = {}
  for i, scope in ipairs(type(raw.scopes) == "table" and raw.scopes or {}) do
    scopes[i] = tostring(scope)
  end
  return AccessToken.new {
    home = home, id = raw.id, name = type(raw.name) == "string" and raw.name or raw.id,
    scopes = scopes,
  }
end

--- Read the access tokens of a hub, sorted by name.
---@param home homey.Home
---@return homey.AccessToken[]
function AccessToken.all(home)
  local list = {}
  for i, raw in ipairs(records.list(
    ask(call.read, home, "users", "getPersonalAccessTokens", {}))) do
    list[i] = new(home, raw)
  end
  table.sort(list, function(a, b) return a.name .. "\0" .. a.id < b.name .. "\0" .. b.id end)
  return list
end

--- Create an access token.
---@param home homey.Home
---@param wanted homey.NewAccessToken  checked
---@return homey.AccessToken?
---@return string? secret  the only time that anybody sees it
function AccessToken.create(home, wanted)
  local raw = ask(call.run, {
    home = home, manager = "users", operation = "createPersonalAccessToken",
    args = { name = wanted.name, scopes = wanted.scopes },
    words = ("create the access token %s"):format(format(wanted.name)),
  })
  if home.dry_run then return nil end
  if type(raw) ~= "table" or type(raw.id) ~= "string" or type(raw.token) ~= "string" then
    return raise(new_error("protocol",
      "the hub answered no access token. It may exist all the same: see homey.access_tokens()."))
  end
  return new(home, raw), raw.token
end

return AccessToken
