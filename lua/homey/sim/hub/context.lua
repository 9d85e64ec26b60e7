--- One simulated cloud with its hub: the settings, the books, the home, and what came and how it was answered.
--- No sockets: a request goes in as a table, a plan of what to send comes out.
local core = require "homey.core"
local checks = require "homey.sim.checks"
local cloud = require "homey.sim.cloud"
local hub = require "homey.sim.hub"
local lazy = require "homey.util.lazy"
local response = require "homey.sim.response"
local routes = require "homey.sim.routes"
local scopes = require "homey.sim.scopes"
local text = require "homey.sim.text"
local Model = require "homey.sim.model"
local Settings = require "homey.sim.settings"
local State = require "homey.sim.state"
local View = require "homey.sim.view"

local faults = lazy "homey.sim.faults" -- which needs lua-http, as a home in virtual time does not
local unpack = table.unpack or _G.unpack

---@class homey.sim.Context
---@field settings homey.sim.Settings
---@field state homey.sim.State
---@field model homey.sim.Model
---@field view homey.sim.View
---@field hub_id string
---@field user {id: string}
---@field ports table<string, integer>
---@field faults homey.sim.Fault[]
---@field log table[]
---@field complaints table[]
---@field listening? table<string, string[]>  addresses by service, where `listen` was given
local Context = { __name = "homey.sim.Context" }
Context.__index = Context

local max_log = 20000

--- Append to a list that forgets its older half when it has become too long.
local function remember(list, item)
  if #list >= max_log then
    local half = math.floor(max_log / 2)
    for i = 1, max_log do list[i] = list[i + half] end
  end
  list[#list + 1] = item
end

--- A context for this home.
---@param home table
---@param changes? table  settings
---@param tools {random: (fun(n: integer): string), clock: (fun(): number), now: (fun(): number)}
---@return homey.sim.Context
function Context.new(home, changes, tools)
  local c = setmetatable({ settings = Settings.new(), ports = {}, faults = {}, log = {}, complaints = {} }, Context)
  local version = home.homey.apiVersion
  if version == 2 then c.settings.api_version = 2 end
  Settings.apply(c.settings, changes or {})
  c.state = State.new(c.settings, tools)
  c.model = Model.new(home, c.state.now)
  c.view = View.new(c.model)
  c.hub_id = home.homey.id or home.homey._id
  c.user = home.user or { id = "6e21c9d04b7f8a53e0d1b964", firstname = "Vera", lastname = "Example", language = "en" }
  return c
end

--- The id of the hub that answers here: a setting can pretend another.
---@return string
function Context:id_at_address() return self.settings.hub_at_address or self.hub_id end

--- The hub's firmware.
---@return string
function Context:version()
  return self.settings.api_version == 2 and "8.1.3" or self.model.data.homey.softwareVersion or "12.5.0"
end

--- All Homeys of the account, that of the simulated hub first.
---@return table[]
function Context:homeys()
  local all = { { id = self.hub_id, name = self.model.data.homey.name } }
  for _, other in ipairs(self.settings.homeys) do all[#all + 1] = other end
  return all
end

--- What user/me tells where the simulator listens at addresses of its own: those, and no others.
local function given_addresses(self)
  local out, listening = {}, self.listening
  local ip, port = (listening.secure or { "" })[1]:match("^([%d.]+):(%d+)$")
  if ip then
    out.localUrlSecure = ("https://%s.homey.homeylocal.com%s"):format(ip:gsub("%.", "-"), port == "443" and "" or ":" .. port)
  end
  local plain = (listening.plain or {})[1]
  if plain then out.localUrl, out.ipInternal = "http://" .. plain:gsub(":80$", ""), plain end
  if listening.remote then out.remoteUrl = ("https://%s.connect.athom.com"):format(self.hub_id) end
  return out
end

local function loopback_addresses(self)
  local port = self.ports[self.settings.address_port] or self.ports.https
  return {
    localUrlSecure = ("https://127-0-0-1.homey.homeylocal.com:%d"):format(port),
    localUrl = ("http://127.0.0.1:%d"):format(self.ports.http),
    ipInternal = ("127.0.0.1:%d"):format(self.ports.http),
    remoteUrl = ("https://%s.connect.athom.com"):format(self.hub_id),
    remoteUrlForwarded = core.null,
  }
end

local function addresses(self)
  local out = self.listening and given_addresses(self) or loopback_addresses(self)
  for name, value in pairs(self.settings.addresses) do
    out[name] = value
    if value == false then out[name] = nil end
  end
  return out
end

local function own_homey(self)
  local homey = self.model.data.homey
  local out = addresses(self)
  out._id, out.id, out.name = self.hub_id, self.hub_id, homey.name
  out.apiVersion = self.settings.api_version
  out.softwareVersion = self:version()
  out.platform, out.language, out.role, out.state = homey.platform, homey.language, homey.role, homey.state
  return out
end

--- A Homey as JSON. `_id` comes before `id`, as from the cloud: the vendor's client stumbles over it the other way.
local function homey_json(homey)
  local id = homey._id
  homey._id = nil
  return ('{"_id":%s,%s'):format(core.encode(id), core.encode(homey):sub(2))
end

--- The answer of user/me.
---@return string json
function Context:whoami()
  local user, homeys = self.user, { homey_json(own_homey(self)) }
  for _, other in ipairs(self.settings.homeys) do
    local homey = {
      _id = other.id, apiVersion = 3, platform = "local", language = "en", role = "owner", state = "online",
    }
    for k, v in pairs(other) do homey[k] = v end
    homeys[#homeys + 1] = homey_json(homey)
  end
  local none = setmetatable({}, core.array)
  local me = core.encode {
    _id = user.id, firstname = user.firstname, lastname = user.lastname,
    fullname = user.firstname .. " " .. user.lastname, email = self.settings.email, language = user.language,
    roleIds = none, roles = none, avatar = {}, devices = none,
  }
  return ('{"homeys":[%s],%s'):format(table.concat(homeys, ","), me:sub(2))
end

--- Whether a value in a URL is a secret of ours; the user's JWT belongs in authorise.
---@param value string
---@param name string  of the field
---@return boolean
function Context:is_token(value, name)
  local s = self.state
  if s.jwts[value] then return name ~= "user_token" end
  if value == self.settings.pat then return true end
  return (s.access[value] or s.refresh[value] or s.bearers[value] or s.pats[value]) ~= nil
end

--- Note what is wrong with a request.
---@param req homey.sim.Request
---@param what string
function Context:complain(req, what)
  req.complaints = req.complaints or {}
  table.insert(req.complaints, what)
  remember(self.complaints, {
    n = req.n, text = what, method = req.method, path = req.path, host = req.headers.host,
  })
end

-- ---- one request ----------------------------------------------------------------------------------

local function face_of(req)
  if req.port == "http" then return "hub" end
  if req.host == "accounts.athom.com" then return "accounts" end
  return req.host == "api.athom.com" and "api" or "hub"
end

local tables = { accounts = cloud.accounts, api = cloud.api, hub = hub }

--- false: reached; else what a connection to something that is off does.
local function absent(self, req)
  local through_cloud = req.face ~= "hub" or (req.host or ""):find("%.connect%.athom%.com$")
  local on = self.settings.hub
  if through_cloud and self.settings.cloud ~= true then on = self.settings.cloud end
  if req.face ~= "hub" then on = self.settings.cloud end
  if on == true then return nil end
  return { [on == "hang" and "hang" or "drop"] = true, status = 0, headers = {}, body = "" }
end

--- A strict server refuses what it has complained about.
local function complaints_of(self, route, req)
  local refused
  for _, complaint in ipairs(checks.run(self, route, req)) do
    self:complain(req, complaint.text)
    refused = refused or complaint.status and complaint
  end
  if not refused or not (self.settings.strict or req.broken) then return nil end
  local message = "Refused: " .. refused.text
  return response.json(refused.status, {
    error = "invalid_request", error_description = message, statusCode = refused.status,
  })
end

local function session_of(self, route, req)
  if req.face ~= "hub" or route.auth ~= "hub" then return true end
  local session = self.state:session((req.headers.authorization or ""):match("^Bearer (%S+)$"))
  if session and self:id_at_address() == self.hub_id then return session end
  self.state:count "unauthorized"
  return nil, response.json(401, { error = "invalid_token", error_description = "Session expired", statusCode = 401 })
end

local function route_of(self, req)
  if req.broken then return nil, nil end
  local route, arguments = routes.find(tables[req.face], req.method, req.path)
  if not route then return nil, nil end
  req.route = route.alias and route.alias(req) or route.name
  for i, argument in ipairs(arguments) do arguments[i] = text.unescape(argument) end
  return route, arguments
end

local function carry_out(self, route, arguments, req)
  if not route then return response.failure(404, "not_found", "Cannot " .. req.method .. " " .. req.path) end
  local session, refused = session_of(self, route, req)
  if not session then return refused end
  if req.face ~= "hub" or route.auth ~= "hub" then return route.handle(self, req) end
  if not scopes.grant(session.scopes or { "homey" }, scopes.needed(req.method, req.path)) then
    return response.json(403, { error = "missing_scopes", error_description = "Missing Scopes", statusCode = 403 })
  end
  return route.handle(self, req, session, unpack(arguments))
end

local function dress(self, req, reply)
  if req.face ~= "hub" then return end
  response.set(reply, "X-Homey-ID", self:id_at_address())
  response.set(reply, "X-Homey-Version", self:version())
  response.set(reply, "Date", text.http_date(self.state.now()))
end

local function note(self, req, reply, fault)
  local entry = {
    n = req.n, conn = req.conn, time = self.state.now(), host = req.headers.host, port = req.port, tls = req.tls,
    sni = req.sni, service = req.service, method = req.method, path = req.target, headers = req.headers, body = req.body, route = req.route,
    status = reply.status, fault = fault and fault.kind, face = req.face,
    socket = req.socket, complaint = req.complaints and table.concat(req.complaints, "; "),
  }
  remember(self.log, entry)
  if self.watch then self.watch(entry) end
end

local function respond(self, req)
  req.face = face_of(req)
  local route, arguments = route_of(self, req)
  local reply, fault = absent(self, req), nil
  if not reply then
    fault = faults.pick(self.faults, req, req.route or "unknown")
    reply = complaints_of(self, route, req)
    if not reply and (not fault or fault.executed) then reply = carry_out(self, route, arguments, req) end
    reply = reply or response.json(200, core.null)
    dress(self, req, reply)
  end
  local plan = fault and faults.kinds[fault.kind].plan(reply, fault) or faults.plain(reply)
  note(self, req, reply, fault)
  return plan
end

--- Deal with what came over a websocket: the same routes, but no headers to be suspicious of.
---@param req homey.sim.Request
---@return homey.sim.Response
function Context:call(req)
  req.face = "hub"
  local ok, reply = pcall(function()
    local route, arguments = route_of(self, req)
    return carry_out(self, route, arguments, req)
  end)
  if not ok then
    self:complain(req, "the simulator itself failed: " .. tostring(reply))
    reply = response.failure(500, "simulator", "The simulator itself failed: " .. tostring(reply))
  end
  note(self, req, reply)
  return reply
end

--- Deal with a request. A mistake of our own is a complaint too, so that a test sees it.
---@param req homey.sim.Request
---@return homey.sim.Step[] plan  what to do to the connection
function Context:answer(req)
  local ok, plan = pcall(respond, self, req)
  if ok then return plan end
  self:complain(req, "the simulator itself failed: " .. tostring(plan))
  local reply = response.text(500, "text/plain; charset=utf-8", "The simulator itself failed: " .. tostring(plan))
  note(self, req, reply)
  return faults.plain(reply)
end

return Context
