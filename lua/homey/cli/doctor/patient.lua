-- Patient: state that the checks of homey doctor share: the options of the login, the home that is
-- opened for the examination, and its trace.
--
-- Invariant: the examination does not store a new login. It uses a stored login like every other
-- command, so a token that is renewed during a check is saved.

local Scheduler = require "homey.task.scheduler"
local login = require "homey.login.login"
local login_options = require "homey.login.options"
local new_error = require "homey.error"
local raise = require "homey.util.raise"
local stored_login = require "homey.cli.doctor.stored_login"
local try = require "homey.task.try"

---@class homey.cli.doctor.Exchange  one line of the trace
---@field url string
---@field outcome string  the status, or what failed
---@field ms integer
---@field step? string    of the login

---@class homey.cli.Patient
---@field timeout number   seconds that a step may take
---@field getenv fun(name: string): string?
---@field scheduler homey.Scheduler
---@field options homey.Options  of the login, with the environment
---@field problem? homey.Error   with the options
---@field way "key"|"account"|"none"  kind of the login
---@field given homey.Options    those of the command line
---@field stored? homey.cli.StoredLogin
---@field damage? string         why a stored login cannot be used
---@field probes table<string, homey.cli.doctor.Probe>  by host
---@field probing table<string, homey.Task>  likewise
---@field home? homey.Home
---@field exchanges homey.cli.doctor.Exchange[]  that no check has reported yet
---@field warnings string[]  of the core, likewise
---@field heard integer      lines of the trace so far
---@field session? table     as the hub describes it
---@field connection? table  its last reported state
local Patient = { __name = "homey.cli.Patient" }
Patient.__index = Patient

-- Variables that name the folder: they are read alone when another option is invalid.
local of_folder = { HOMEY_STATE_DIR = true, XDG_STATE_HOME = true, HOME = true }

local function read_options(given, getenv)
  local settings, options = try(login_options.read, given, getenv)
  if settings then return options end
  local problem = options
  settings, options = try(login_options.read, nil, function(name)
    return of_folder[name] and getenv(name) or nil
  end)
  return settings and options or {}, problem
end

local function way_of(options, stored)
  if options.token then return "key" end
  if options.email and options.password then return "account" end
  if not stored then return "none" end
  return stored.kind == "account" and "account" or "key"
end

--- Read the options and the stored login. Sends nothing.
---@param timeout number
---@param getenv fun(name: string): string?
---@param given homey.Options  those of the command line
---@return homey.cli.Patient
function Patient.new(timeout, getenv, given)
  local options, problem = read_options(given, getenv)
  local stored, damage = nil, nil
  if options.state_dir then
    local name = options.account or options.email or nil
    stored, damage = stored_login.read(options.state_dir, name)
  end
  return setmetatable({
    timeout = timeout, getenv = getenv, given = given, scheduler = Scheduler.shared(),
    options = options, problem = problem, stored = stored, damage = damage,
    way = way_of(options, stored), probes = {}, probing = {}, exchanges = {}, warnings = {},
    heard = 0,
  }, Patient)
end

--- Report whether the login is temporary: a token is given, or no login is stored.
---@return boolean
function Patient:is_passing()
  return self.options.token and true or not self.stored
end

--- The options of a login, as the command line gives them, with others.
---@param more table
---@return homey.Options
function Patient:with(more)
  local options = {}
  for name, value in pairs(self.given) do options[name] = value end
  for name, value in pairs(more) do options[name] = value end
  return options
end

-- ---- the home -----------------------------------------------------------------------------------

-- A line such as "GET https://host/path -> 200, 12 ms, 0 bytes out, 21 bytes in, step user".
local function read_line(line)
  local url, outcome, ms, rest = line:match "^%u+ (%S+) %-> (.-), (%d+) ms(.*)$"
  if not url then return nil end
  return { url = url, outcome = outcome, ms = tonumber(ms), step = rest:match ", step (%S+)$" }
end

local function take_line(self, line)
  self.heard = self.heard + 1
  local exchange = read_line(line)
  if exchange then table.insert(self.exchanges, exchange) end
end

--- Open the home; nothing is sent.
---@return homey.Home
function Patient:open()
  local home = login.open(self:with {
    timeout = self.timeout, journal = false, trace = function(line) take_line(self, line) end,
    state_dir = not self:is_passing() and self.options.state_dir or false,
  }, self.scheduler)
  home.goes_live = nil -- this command does not resume the reverts of an earlier run
  self.scheduler.listeners[home.client:warn_id()] = function(sentence)
    if sentence then table.insert(self.warnings, sentence) end
  end
  self.home = home
  return home
end

--- Wait for the answer to a request of the core.
---@param id integer?
---@param kind? string
---@param message? string
---@return any
function Patient:await(id, kind, message)
  if not id then raise(new_error(kind --[[@as string]], message --[[@as string]])) end
  return self.scheduler:await(id --[[@as integer]])
end

--- Take the exchanges of the login since the last call: the last one of each step, in order.
---@return homey.cli.doctor.Exchange[]
function Patient:take_steps()
  local steps, at = {}, {}
  for _, exchange in ipairs(self.exchanges) do
    local step = exchange.step
    if step and step ~= "ping" then
      at[step] = at[step] or #steps + 1
      steps[at[step]] = exchange
    end
  end
  self.exchanges = {}
  return steps
end

return Patient
