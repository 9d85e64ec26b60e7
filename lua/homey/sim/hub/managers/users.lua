--- Users: logins, the user of the session, personal access tokens, local logins, installers.
local View = require "homey.sim.home.view"
local core = require "homey.core"

local null = core.null
---@type homey.sim.Handlers
local users = {}

-- ---- logins ----

users.login = function(call)
  local context, token = call.context, call.args.token
  local jwt = context.state:alive(context.state.jwts, token)
  context.state:count "hub_logins"
  if not jwt or jwt.kind ~= "delegation" or context:id_at_address() ~= context.hub_id then
    return call:refuse(401, "Invalid or expired token", "invalid_token")
  end
  return call:ok(context.state:bearer "OAUTH")
end

users.loginLocal = function(call)
  local set, args = call.context.settings, call.args
  call.context.state:count "local_logins"
  if args.username ~= set.local_username or args.password ~= set.local_password then
    return call:refuse(401, "Invalid Username or Password", "invalid_credentials")
  end
  return call:ok(call.context.state:bearer "OAUTH")
end

-- ---- the user of the session ----

local function show(call, user) return call:ok(View.item("users", user, call.version)) end

-- A handler for the user of the session.
local function for_me(handle)
  return function(call)
    local me = call:me()
    if not me then return call:not_found "User" end
    return handle(call, me)
  end
end

users.getUserMe = for_me(show)

users.updateUserMe = for_me(function(call, me)
  local name = call.args.name
  return show(call, call.model:update("users", me.id, type(name) == "string" and { name = name }
    or {}))
end)

users.deleteUserMe = for_me(function(call, me)
  call.model:delete("users", me.id)
  return call:ok()
end)

local function set_property(call, me, value)
  local properties = {}
  for name, each in pairs(me.properties or {}) do properties[name] = each end
  properties[call.args.id] = value
  call.model:update("users", me.id, { properties = properties })
  return call:ok()
end

users.updateUserMeProperties = for_me(function(call, me)
  return set_property(call, me, call.args.value)
end)

users.deleteUserMeProperties = for_me(function(call, me) return set_property(call, me, nil) end)

-- ---- local logins ----

local function set_local_name(call, user, name)
  call.model:update("users", user.id, { localUsername = name })
  return call:ok()
end

users.updateUserMeLocalCredentials = for_me(function(call, me)
  return set_local_name(call, me, call.args.username)
end)

users.deleteUserMeLocalCredentials = for_me(function(call, me)
  return set_local_name(call, me, null)
end)

local function for_user(handle)
  return function(call)
    local user = call:list("users")[call.args.id]
    if not user then return call:not_found("User", call.args.id) end
    return handle(call, user)
  end
end

users.updateUserLocalCredentials = for_user(function(call, user)
  return set_local_name(call, user, call.args.username)
end)

users.deleteUserLocalCredentials = for_user(function(call, user)
  return set_local_name(call, user, null)
end)

-- ---- owners, guests and installers ----

users.swapOwner = function(call)
  local new, me = call:list("users")[call.args.newOwnerUserId], call:me()
  if not new then return call:not_found("User", call.args.newOwnerUserId) end
  if me then call.model:update("users", me.id, { role = "user" }) end
  call.model:update("users", new.id, { role = "owner" })
  return call:ok()
end

users.swapOwnerInstaller = users.swapOwner

users.acceptSharingInvite = function(call)
  local id = call.context.state:uuid()
  return show(call, call.model:create("users", {
    id = id, name = call.args.name, role = "guest", athomId = call.args.athomId,
  }))
end

-- ---- personal access tokens ----

-- Only a login that is no such token itself may list and change them.
local function for_login(handle)
  return function(call)
    if call.session and call.session.type == "PAT" then
      return call:refuse(403, "Invalid Session Type")
    end
    return handle(call, call.context.state)
  end
end

users.getPersonalAccessTokens = for_login(function(call, state)
  local out = {}
  for _, pat in pairs(state.pats) do
    out[pat.id] = { id = pat.id, name = pat.name, scopes = pat.scopes }
  end
  return call:ok(out)
end)

users.createPersonalAccessToken = for_login(function(call, state)
  local token = ("%s:%s:%s"):format(state:uuid(), state:uuid(), state:hex(20))
  local pat = {
    id = state:uuid(), type = "PAT", name = call.args.name, scopes = call.args.scopes,
    expires = math.huge,
  }
  state.pats[token] = pat
  return call:ok { id = pat.id, name = pat.name, scopes = pat.scopes, token = token }
end)

users.deletePersonalAccessToken = for_login(function(call, state)
  for token, pat in pairs(state.pats) do
    if pat.id == call.args.id then state.pats[token] = nil end
  end
  return call:ok()
end)

return users
