--- Simulator: an Athom cloud and a Homey on loopback, or a home in virtual time for tests.
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

local ControlClient = lazy "homey.sim.control.client" -- since it needs cqueues

---@class homey.Sim
---@field options table    for homey.login through the whole token chain
---@field env table<string, string>  the same as environment variables
---@field pat_options table    for homey.login with a personal access token
---@field local_options table  for homey.login with a local user
---@field ports {http: integer, https: integer, expired: integer, wrong_host: integer, unknown_ca:
---       integer}
---@field hub_id string      id of the hub
---@field cafile string      certificate of its authority, a PEM file
---@field control string  base URL of the HTTP control: see homey.sim.control.http_control
---@field home string|table|nil  the given home; `get "home"` returns the one that is served
---@field pid integer?       of its process, where /proc exists
local Sim = { __name = "homey.Sim" }
Sim.__index = Sim

local sim = { Sim = Sim }

-- Options of `start` that are not settings.
local start_options = {
  home = true, devices = true, seed = true, lua = true, ports = true, listen = true,
  authority = true, timeout = true, serve = true, page = true,
}

local function split(options)
  local start, changes = {}, {}
  for name, value in pairs(options) do
    if start_options[name] then
      start[name] = value
    elseif settings.has(name) then
      changes[name] = value
    else
      error("homey.sim has no option '" .. tostring(name) .. "'.", 3)
    end
  end
  return start, changes
end

local function connections(hub_id, ports)
  local list = {}
  for _, host in ipairs {
    "accounts.athom.com", "api.athom.com", "energy-api.athom.com", "weather-api.athom.com",
    hub_id .. ".connect.athom.com",
  } do
    list[#list + 1] = ("%s:443:127.0.0.1:%d"):format(host, ports.https)
  end
  return list
end

-- Adds the options of a login. With `listen` the real host names lead to the simulator, and its
-- authority is trusted by the caller: no `cafile` and `connect_to` are needed.
local function add_login_options(self, set, listens)
  local address = ("http://127.0.0.1:%d"):format(self.ports.http)
  self.options, self.env = { email = set.email, password = set.password }, {
    HOMEY_EMAIL = set.email, HOMEY_PASSWORD = set.password,
  }
  if not listens then
    self.options.cafile, self.options.connect_to = self.cafile, connections(self.hub_id, self.ports)
    self.env.HOMEY_CAFILE, self.env.HOMEY_CONNECT_TO = self.cafile,
      table.concat(self.options.connect_to, ",")
  end
  self.pat_options = { address = address, token = set.pat, cafile = self.cafile }
  self.local_options = {
    address = address, username = set.local_username, password = set.local_password,
    cafile = self.cafile,
  }
  return self
end

--- Start a simulator. It ends with `stop`, or with this process.
---@param options? table  `home` (a file or a table; by default Sunny House), or `devices` (the
---       number
---       to generate) and `seed`; `lua` (the interpreter); `ports` (given ports by name); `listen`
---       (addresses beside those on loopback: "IP:PORT" or a list, by accounts, api, remote, secure
---       and plain, with the certificates of the real host names; user/me lists only these);
---       `authority` (a file with the key and the certificate of the CA, see
---       homey.sim.server.certificates.write_authority); and every setting
---@return homey.Sim
function sim.start(options)
  local start, changes = split(options or {})
  local cafile = os.tmpname()
  local child, problem = process.start({
    home = start.home, devices = start.devices, seed = start.seed, ports = start.ports,
    cafile = cafile,
    listen = start.listen, authority = start.authority, settings = changes,
  }, start.lua, start.timeout or 60)
  if not child then
    os.remove(cafile)
    error("the simulator did not start: " .. problem, 2)
  end
  local message = child.message
  local self = setmetatable({
    input = child.input, client = ControlClient.new(message.control),
    control = "http://127.0.0.1:" .. message.control, ports = message.ports,
    hub_id = message.hub_id, pid = message.pid, cafile = cafile, home = start.home,
  }, Sim)
  return add_login_options(self, settings.new(changes), start.listen)
end

--- A home in virtual time, in this process and without sockets: for tests. See docs/testing.md.
---@param home? string|table  path of a JSON file, or a table; Sunny House by default
---@param options? homey.sim.HomeOptions
---@return homey.sim.VirtualHome
function sim.home(home, options) return require("homey.sim.virtual.home").new(home, options) end

--- Serve in this process, at a terminal: print what to export, requests and changes; read commands.
---
---     lua5.4 -e 'require("homey.sim").main()'
---@param options? table  those of `start`; `serve`: continue after the end of the input; `page`:
---       the port of the page, 8080 by default or any free one where it is taken
function sim.main(options)
  local child = require "homey.sim.control.child"
  local start, changes = split(options or {})
  start.settings = changes
  local running = child.prepare(start)
  local context = running.context
  local self = { ports = context.ports, hub_id = context.hub_id, cafile = running.cafile }
  add_login_options(self, context.settings, start.listen)
  require("homey.sim.control.terminal").run(self, running, start)
end

--- Stop the simulator, and wait until it has ended.
function Sim:stop()
  if not self.input then return end
  self.client:close()
  self.input:close()
  self.input = nil
  os.remove(self.cafile)
end

--- Add a fault. The kinds are in homey.sim.server.faults and websocket_faults.
---@param fault homey.sim.Fault
function Sim:fault(fault) self.client:call("fault", fault) end

--- Let the hub answer requests with a value: answer{ path = "/api/manager/energy/live", method =
--- "GET", reply = { items = {} }, status = 200, times = 1 }.
---@param options homey.sim.Answer  without a function
function Sim:answer(options) self.client:call("answer", options) end

--- Remove all faults and prepared answers.
function Sim:clear() self.client:call("clear") end

--- The log of requests, in order.
---@return table[]
function Sim:log() return self.client:call("log") end

--- Clear the log and the complaints.
function Sim:reset_log() self.client:call("reset_log") end

--- The complaints about requests, in order: {n=, text=, method=, path=, host=}.
---@return table[]
function Sim:complaints() return self.client:call("complaints") end

--- Change settings: see homey.sim.cloud.settings. False removes an optional one.
---@param changes table
function Sim:set(changes) self.client:call("set", changes) end

--- A value inside the simulator, such as "settings.mode", "home.zones",
--- "home.variables.<id>.value".
---@param path string
---@return any
function Sim:get(path) return self.client:call("get", path) end

--- The state of a device.
---@param ref string  id, name or "Zone/Name"
---@return table?
function Sim:device(ref) return self.client:call("device", ref) end

--- Let a device report a value: its sensor measures, or somebody presses its switch.
---@param device string
---@param capability string
---@param value any
function Sim:operate(device, capability, value)
  self.client:call("operate", { device = device, capability = capability, value = value })
end

--- Change members of an item of the home, such as update("devices", id, { available = false }).
---@param kind string
---@param id string
---@param changes table
---@return table? item
function Sim:update(kind, id, changes)
  return self.client:call("update", { kind = kind, id = id, changes = changes })
end

--- Add an item to the home.
---@param kind string
---@param item table
---@return table item
function Sim:create(kind, item) return self.client:call("create", { kind = kind, item = item }) end

--- Remove an item from the home.
---@param kind string
---@param id string
---@return table? item
function Sim:delete(kind, id) return self.client:call("delete", { kind = kind, id = id }) end

--- Expire all tokens of a kind: "bearer", "access", "refresh", "code" or "jwt".
---@param kind string
function Sim:expire(kind) self.client:call("expire", kind) end

--- Close all connections.
function Sim:hang_up() self.client:call("hang_up") end

--- Close all connections, and each new one for a time, as when the hub restarts.
---@param time number|string  seconds, or text such as "30 s"
function Sim:drop(time) self.client:call("hang_up", duration.seconds(time, "drop")) end

--- Listen at other addresses, which user/me lists from now on. False closes a service; user/me
--- lists its address still. Open connections stay: see `hang_up`.
---@param changes table<string, string|string[]|false>  as the option `listen`
function Sim:listen(changes) self.client:call("listen", changes) end

--- Close the event namespace of the clients: `41/api,`.
---@param agent? string   only clients with this User-Agent
---@return integer count  of sessions
function Sim:kick(agent) return self.client:call("kick", { agent = agent }) end

--- Close the websockets with a close frame.
---@param code? integer   1001 by default
---@param agent? string
---@return integer count
function Sim:close_sockets(code, agent)
  return self.client:call("close", { code = code or 1001, agent = agent })
end

--- Break the connections of the websockets.
---@param agent? string
---@return integer count
function Sim:cut_sockets(agent) return self.client:call("cut", { agent = agent }) end

--- Send any bytes over the websockets.
---@param bytes string
---@param as? string      "text" (a message; the default), "binary" or "raw" (without a frame)
---@param agent? string
---@return integer count
function Sim:say(bytes, as, agent)
  return self.client:call("say", { hex = encoding.hex(bytes), as = as, agent = agent })
end

--- Publish an event to the subscriptions of a uri, without a change in the home.
---@param uri string
---@param event string
---@param data any
function Sim:publish(uri, event, data)
  self.client:call("publish", { uri = uri, event = event, data = data })
end

--- Counts, and the number of valid tokens: {counts=, valid=, requests=, connections=, complaints=,
--- sockets= (open now), topics= {uri = number of subscriptions}}.
---@return table
function Sim:state() return self.client:call("state") end

return sim
