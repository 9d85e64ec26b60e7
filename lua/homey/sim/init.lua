--- A simulated Athom cloud and Homey on loopback, in a process of its own.
---
---     local sim = require("homey.sim").start()
---     homey.login(sim.options)
---     ...
---     sim:stop()
local duration = require "homey.util.duration"
local lazy = require "homey.util.lazy"
local process = require "homey.sim.control.process"
local settings = require "homey.sim.cloud.settings"
local encoding = require "homey.sim.http.encoding"

local Link = lazy "homey.sim.control.client" -- which needs cqueues, as nothing else here does

---@class homey.Sim
---@field options table    what homey.login needs to reach it through the whole chain
---@field env table<string, string>  the same as environment variables
---@field pat_options table    for homey.login with a personal access token
---@field local_options table  for homey.login with a local user
---@field ports {http: integer, https: integer, expired: integer, wrong_host: integer, unknown_ca: integer}
---@field hub_id string
---@field cafile string
---@field control string  base URL at which a person operates the home: see homey.sim.control.http_control
---@field home string|table|nil  the home as it was given; see `get "home"` for what is served
---@field pid integer?       of its process, where the system tells
local Sim = { __name = "homey.Sim" }
Sim.__index = Sim

local sim = { Sim = Sim }

--- Options of `start` that are not settings.
local own = {
  home = true, devices = true, seed = true, lua = true, ports = true, listen = true, authority = true, timeout = true,
  serve = true,
}

local function split(options)
  local start, changes = {}, {}
  for name, value in pairs(options) do
    if own[name] then
      start[name] = value
    elseif settings.has(name) then
      changes[name] = value
    else
      error("homey.sim: no option '" .. tostring(name) .. "'", 3)
    end
  end
  return start, changes
end

local function connections(hub_id, ports)
  local list = {}
  for _, host in ipairs { "accounts.athom.com", "api.athom.com", hub_id .. ".connect.athom.com" } do
    list[#list + 1] = ("%s:443:127.0.0.1:%d"):format(host, ports.https)
  end
  return list
end

--- What a login needs, from what the simulator has said about itself. One that listens at addresses of its own is
--- found by its names, and trusted by whoever trusts its authority.
local function describe(self, set, listens)
  local address = ("http://127.0.0.1:%d"):format(self.ports.http)
  self.options, self.env = { email = set.email, password = set.password }, {
    HOMEY_EMAIL = set.email, HOMEY_PASSWORD = set.password,
  }
  if not listens then
    self.options.cafile, self.options.connect_to = self.cafile, connections(self.hub_id, self.ports)
    self.env.HOMEY_CAFILE, self.env.HOMEY_CONNECT_TO = self.cafile, table.concat(self.options.connect_to, ",")
  end
  self.pat_options = { address = address, token = set.pat, cafile = self.cafile }
  self.local_options = {
    address = address, username = set.local_username, password = set.local_password, cafile = self.cafile,
  }
  return self
end

--- Start a simulator. It ends with `stop`, and in any case with this process.
---@param options? table  `home` (a file or a table; by default Sunny House), or `devices` (so many are generated) and
---       `seed`; `lua` (the interpreter); `ports` (by name, where not any will do); `listen` (addresses beside those on
---       loopback: "IP:PORT" or a list, by accounts, api, remote, secure and plain, which show the certificates of the
---       real host names; user/me tells these addresses alone); `authority` (a file with the key and the certificate of
---       the CA: see homey.sim.server.certificates.write_authority); and every setting
---@return homey.Sim
function sim.start(options)
  local start, changes = split(options or {})
  local cafile = os.tmpname()
  local child, problem = process.start({
    home = start.home, devices = start.devices, seed = start.seed, ports = start.ports, cafile = cafile,
    listen = start.listen, authority = start.authority, settings = changes,
  }, start.lua, start.timeout or 60)
  if not child then
    os.remove(cafile)
    error("the simulator did not start: " .. problem, 2)
  end
  local message = child.message
  local self = setmetatable({
    input = child.input, link = Link.new(message.control), control = "http://127.0.0.1:" .. message.control,
    ports = message.ports, hub_id = message.hub_id,
    pid = message.pid, cafile = cafile, home = start.home,
  }, Sim)
  return describe(self, settings.new(changes), start.listen)
end

--- A home in this process, in virtual time, with no sockets: for tests of automations. See docs/testing.md.
---@param home? string|table  a file of JSON, or a table; Sunny House where it is left out
---@param options? homey.sim.HomeOptions
---@return homey.sim.VirtualHome
function sim.home(home, options) return require("homey.sim.virtual.home").new(home, options) end

--- Serve in this process, for a person at a terminal: says what to export, shows each request and each change, and
--- takes commands.
---
---     lua5.4 -e 'require("homey.sim").main()'
---@param options? table  as `start` takes them, and `serve`: the end of the input is not the end
function sim.main(options)
  local child = require "homey.sim.control.child"
  local start, changes = split(options or {})
  start.settings = changes
  local running = child.prepare(start)
  local context = running.context
  local self = { ports = context.ports, hub_id = context.hub_id, cafile = running.cafile }
  describe(self, context.settings, start.listen)
  require("homey.sim.control.terminal").run(self, running, start.serve)
end

--- End the simulator, and wait until it has.
function Sim:stop()
  if not self.input then return end
  self.link:close()
  self.input:close()
  self.input = nil
  os.remove(self.cafile)
end

--- Let something go wrong from now on: see homey.sim.server.faults for the kinds.
---@param fault homey.sim.Fault
function Sim:fault(fault) self.link:call("fault", fault) end

--- No faults any more.
function Sim:clear() self.link:call("clear") end

--- All requests that came, in order.
---@return table[]
function Sim:log() return self.link:call("log") end

--- Forget the log and the complaints.
function Sim:reset_log() self.link:call("reset_log") end

--- What a suspicious server found wrong, in order: {n=, text=, method=, path=, host=}.
---@return table[]
function Sim:complaints() return self.link:call("complaints") end

--- Change settings: see homey.sim.cloud.settings. False takes an optional one away.
---@param changes table
function Sim:set(changes) self.link:call("set", changes) end

--- A value inside the simulator, such as "settings.mode", "home.zones", "home.variables.<id>.value".
---@param path string
---@return any
function Sim:get(path) return self.link:call("get", path) end

--- A device as it is now.
---@param ref string  id, name or "Zone/Name"
---@return table?
function Sim:device(ref) return self.link:call("device", ref) end

--- Let a device itself report a value: a sensor, or a hand on its switch.
---@param device string
---@param capability string
---@param value any
function Sim:operate(device, capability, value)
  self.link:call("operate", { device = device, capability = capability, value = value })
end

--- Change members of an item of the home, such as update("devices", id, { available = false }).
---@param kind string
---@param id string
---@param changes table
---@return table? item
function Sim:update(kind, id, changes) return self.link:call("update", { kind = kind, id = id, changes = changes }) end

--- Add an item to the home.
---@param kind string
---@param item table
---@return table item
function Sim:create(kind, item) return self.link:call("create", { kind = kind, item = item }) end

--- Take an item from the home.
---@param kind string
---@param id string
---@return table? item
function Sim:delete(kind, id) return self.link:call("delete", { kind = kind, id = id }) end

--- Let all that live of a kind be out of date: "bearer", "access", "refresh", "code" or "jwt".
---@param kind string
function Sim:expire(kind) self.link:call("expire", kind) end

--- Close every open connection, without a word.
function Sim:hang_up() self.link:call("hang_up") end

--- The hub restarts, or its network is gone: every connection is closed, and each new one too, for so long.
---@param time number|string  seconds, or text such as "30 s"
function Sim:drop(time) self.link:call("hang_up", duration.seconds(time, "drop")) end

--- Listen at other addresses from now on, which user/me tells; false closes a service, whose address user/me still tells.
--- What is connected stays so: see `hang_up`.
---@param changes table<string, string|string[]|false>  as the option `listen`
function Sim:listen(changes) self.link:call("listen", changes) end

--- Throw the clients out of the namespace of events: `41/api,`.
---@param agent? string   only those with this User-Agent
---@return integer count  of sessions
function Sim:kick(agent) return self.link:call("kick", { agent = agent }) end

--- Close the websockets in order.
---@param code? integer   1001 by default
---@param agent? string
---@return integer count
function Sim:close_sockets(code, agent) return self.link:call("close", { code = code or 1001, agent = agent }) end

--- Let the websockets be dead, without a word.
---@param agent? string
---@return integer count
function Sim:cut_sockets(agent) return self.link:call("cut", { agent = agent }) end

--- Say something over the websockets, whatever it is.
---@param bytes string
---@param as? string      "text" (a message; the default), "binary" (a binary one) or "raw" (bytes without a frame)
---@param agent? string
---@return integer count
function Sim:say(bytes, as, agent) return self.link:call("say", { hex = encoding.hex(bytes), as = as, agent = agent }) end

--- Tell those who have subscribed to a uri of an event that is not of the home's own making.
---@param uri string
---@param event string
---@param data any
function Sim:publish(uri, event, data) self.link:call("publish", { uri = uri, event = event, data = data }) end

--- Counts of what was done, and how many tokens are valid: {counts=, valid=, requests=, connections=, complaints=,
--- sockets= open now, topics= {uri = how many have subscribed}}.
---@return table
function Sim:state() return self.link:call("state") end

return sim
