--- Context of a simulated cloud and hub: settings, tokens, home, log of requests, complaints.
local Model = require "homey.sim.home.model"
local History = require "homey.sim.home.history"
local Location = require "homey.time.location"
local Settings = require "homey.sim.cloud.settings"
local State = require "homey.sim.cloud.state"
local View = require "homey.sim.home.view"

---@class homey.sim.Context
---@field settings homey.sim.Settings
---@field state homey.sim.State
---@field model homey.sim.Model
---@field view homey.sim.View
---@field history homey.sim.History
---@field hub_id string
---@field user {id: string}
---@field ports table<string, integer>
---@field faults homey.sim.Fault[]
---@field prepared homey.sim.Prepared[]  answers that a test has set
---@field log table[]
---@field complaints table[]
---@field package listeners (fun(entry: table))[]  called with each entry of the log
---@field listening? table<string, string[]>  addresses by service, with the option `listen`
local Context = { __name = "homey.sim.Context" }
Context.__index = Context

local max_log = 20000

-- Appends to a list. When it is full, its older half is dropped.
local function append(list, item)
  if #list >= max_log then
    local half = math.floor(max_log / 2)
    for i = 1, max_log do list[i] = list[i + half] end
  end
  list[#list + 1] = item
end

--- A context for a home.
---@param home table
---@param changes? table  settings
---@param tools {random: (fun(n: integer): string), clock: (fun(): number), now: (fun(): number)}
---       see homey.sim.cloud.state
---@return homey.sim.Context
function Context.new(home, changes, tools)
  local c = setmetatable({ settings = Settings.new(), ports = {}, faults = {}, prepared = {},
    log = {}, complaints = {}, listeners = {} }, Context)
  local version = home.homey.apiVersion
  if version == 2 then c.settings.api_version = 2 end
  Settings.apply(c.settings, changes or {})
  c.state = State.new(c.settings, tools)
  c.model = Model.new(home, c.state.now)
  c.view, c.history = View.new(c.model), History.new(c.model)
  c.hub_id = home.homey.id or home.homey._id
  c.user = home.user or {
    id = "6e21c9d04b7f8a53e0d1b964", firstname = "Vera", lastname = "Example", language = "en",
  }
  return c
end

--- The id of the hub that answers at the address; a setting can name another.
---@return string
function Context:id_at_address() return self.settings.hub_at_address or self.hub_id end

--- The location of the home, with its time zone.
---@return homey.time.Location
function Context:location()
  local clock = self.model.data.clock
  return Location.new { timezone = clock and clock.timezone or "UTC" }
end

--- The firmware version of the hub.
---@return string
function Context:version()
  return self.settings.api_version == 2 and "8.1.3" or self.model.data.homey.softwareVersion
    or "12.5.0"
end

--- All Homeys of the account, the simulated one first.
---@return table[]
function Context:homeys()
  local all = { { id = self.hub_id, name = self.model.data.homey.name } }
  for _, other in ipairs(self.settings.homeys) do all[#all + 1] = other end
  return all
end

--- Whether the value of a query field is a token. The JWT of the user is allowed in authorise.
---@param value string
---@param name string  of the field
---@return boolean
function Context:is_token(value, name)
  local s = self.state
  if s.jwts[value] then return name ~= "user_token" end
  if value == self.settings.pat then return true end
  return (s.access[value] or s.refresh[value] or s.bearers[value] or s.pats[value]) ~= nil
end

--- Record a complaint about a request.
---@param req homey.sim.Request
---@param text string
function Context:complain(req, text)
  req.complaints = req.complaints or {}
  table.insert(req.complaints, text)
  append(self.complaints, {
    n = req.n, text = text, method = req.method, path = req.path, host = req.headers.host,
  })
end

--- Call f with each request from now on, after its answer is known.
---@param f fun(entry: table)
function Context:on_request(f) self.listeners[#self.listeners + 1] = f end

--- Add a request to the log, and call the listeners with it.
---@param entry table
function Context:log_request(entry)
  append(self.log, entry)
  for _, f in ipairs(self.listeners) do f(entry) end
end

return Context
