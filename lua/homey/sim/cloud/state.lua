--- State of the simulated cloud and hub: tokens, sessions, codes, and counts.
local core = require "homey.core"
local encoding = require "homey.sim.http.encoding"

---@class homey.sim.State
---@field settings homey.sim.Settings
---@field counts table<string, integer>
local State = { __name = "homey.sim.State" }
State.__index = State

--- A state without any tokens.
---@param settings homey.sim.Settings
---@param tools {random: (fun(n: integer): string), clock: (fun(): number), now: (fun(): number)}
---       clock is monotonic and used for lifetimes; now is the time of day
---@return homey.sim.State
function State.new(settings, tools)
  local function now() return tools.now() + settings.clock_ahead end
  local s = setmetatable({ settings = settings, random = tools.random, clock = tools.clock,
    now = now }, State)
  s.counts = {}
  s.codes, s.access, s.refresh, s.jwts, s.bearers, s.pats, s.pages = {}, {}, {}, {}, {}, {}, {}
  return s
end

--- Increase a count.
---@param name string
function State:count(name) self.counts[name] = (self.counts[name] or 0) + 1 end

--- A new id.
---@return string uuid
function State:uuid() return encoding.uuid(self.random(16)) end

--- A new secret: random bytes as hexadecimal digits.
---@param bytes integer
---@return string
function State:hex(bytes) return encoding.hex(self.random(bytes)) end

local function entry(self, lifetime, fields)
  fields.expires = lifetime and self.clock() + lifetime or math.huge
  return fields
end

--- An entry of a table that has not expired.
---@param entries table<string, table>
---@param key string?
---@return table?
function State:alive(entries, key)
  local found = key and entries[key]
  if found and found.expires > self.clock() then return found end
end

--- A JWT of three segments, with a random signature.
---@param kind string      "user" or "delegation"
---@param claims table
---@return string jwt
function State:jwt(kind, claims)
  local life = self.settings.lifetimes.jwt
  local issued = math.floor(self.now())
  claims.iat, claims.exp = issued, issued + math.ceil(life)
  claims.jti = self:hex(8)
  local jwt = table.concat({
    encoding.base64url '{"alg":"RS512","typ":"JWT"}',
    encoding.base64url(assert(core.encode(claims))),
    encoding.base64url(self.random(256)),
  }, ".")
  self.jwts[jwt] = entry(self, life, { kind = kind })
  return jwt
end

--- An authorization code.
---@param client_id string
---@param redirect_uri string
---@return string code
function State:code(client_id, redirect_uri)
  local code = self:hex(20)
  self.codes[code] = entry(self, self.settings.lifetimes.code,
    { client = client_id, redirect_uri = redirect_uri })
  return code
end

--- Access and refresh token of a login. All tokens of one login are a family.
---@param client_id string
---@param family? string
---@param keep? string  a refresh token that stays valid
---@return table reply  of the token endpoint
function State:tokens(client_id, family, keep)
  local life = self.settings.lifetimes
  family = family or self:hex(8)
  local access, refresh = self:hex(20), keep or self:hex(20)
  self.access[access] = entry(self, life.access, { client = client_id, family = family })
  if not keep then
    self.refresh[refresh] = entry(self, life.refresh, { client = client_id, family = family })
  end
  return {
    access_token = access, refresh_token = refresh, token_type = "bearer",
    expires_in = self.settings.expires_in or math.floor(life.access),
  }
end

--- A hub session and its bearer.
---@param kind string  "OAUTH" or "PAT"
---@return string bearer
function State:bearer(kind)
  local bearer = ("%s:%s:%s"):format(self:uuid(), self:uuid(), self:hex(20))
  local now, life = self.now(), self.settings.lifetimes.bearer
  self.bearers[bearer] = entry(self, life, {
    id = self:uuid(), type = kind, created = encoding.iso(now), ends = encoding.iso(now + life),
  })
  return bearer
end

--- The session of a bearer or personal access token.
---@param token string?
---@return table?
function State:session(token)
  if not token then return nil end
  if token == self.settings.pat then
    return { id = "pat", type = "PAT", scopes = self.settings.pat_scopes }
  end
  return self:alive(self.bearers, token) or self:alive(self.pats, token)
end

--- Revoke all tokens of a login.
---@param family string
function State:revoke(family)
  for _, entries in ipairs { self.access, self.refresh } do
    for key, found in pairs(entries) do
      if found.family == family then entries[key] = nil end
    end
  end
end

local table_names = {
  bearer = "bearers", access = "access", refresh = "refresh", code = "codes", jwt = "jwts",
}

--- Expire all entries of a kind.
---@param kind string  "bearer", "access", "refresh", "code" or "jwt"
function State:expire(kind)
  local name = table_names[kind]
  if not name then
    error("tokens are bearer, access, refresh, code or jwt, not '" .. tostring(kind) .. "'.", 0)
  end
  for _, found in pairs(self[name]) do found.expires = -1 end
end

--- Counts, and the number of valid entries of each kind.
---@return table
function State:summary()
  local out = { counts = self.counts, valid = {} }
  for kind, name in pairs(table_names) do
    local n = 0
    for key, found in pairs(self[name]) do
      if self:alive(self[name], key) and not found.used then n = n + 1 end
    end
    out.valid[kind] = n
  end
  return out
end

return State
