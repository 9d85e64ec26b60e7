-- Status of the login that commands use: account, hub, whether the hub answers, how long the login
-- lasts, and the other stored logins. It shows no secret.

local core = require "homey.core"
local duration = require "homey.util.duration"
local home_options = require "homey.cli.home_options"
local homey = require "homey"
local stored = require "homey.cli.stored"
local try = require "homey.task.try"

local status = {}

local null = core.null

-- ---- which login --------------------------------------------------------------------------------

-- Returns the name of the account that the options select; nil for the stored login in use.
local function account_of(given, options)
  if given.account then return given.account end
  return options.email or options.token and options.address or nil
end

local function login_of(folder, account)
  local list = folder and stored.list(folder) or {}
  if not account then return stored.current(list), list end
  for _, login in ipairs(list) do
    if login.account == account then return login, list end
  end
  return nil, list
end

local function others_of(list, login)
  local others = setmetatable({}, core.array)
  for _, each in ipairs(list) do
    if each ~= login and not each.damaged then
      local hubs = setmetatable({}, core.array)
      for i, hub in ipairs(each.hubs) do hubs[i] = hub.name or hub.id end
      others[#others + 1] = { account = each.account, kind = each.kind, hubs = hubs }
    end
  end
  return others
end

-- ---- the hub ------------------------------------------------------------------------------------

-- Reads the name of the hub, to check that the hub answers and accepts the login. An API key may
-- lack the right to read it.
local function ask(home)
  home:login()
  local core_loop = home.scheduler.core_loop
  local began = core_loop:now()
  local name, err = try(home.get, home, "/api/manager/system/name")
  if err and err.kind ~= "forbidden" then error(err, 0) end
  local took = core_loop:now() - began
  home:login() -- finds the address that answers
  return { name = name, milliseconds = math.floor(took * 1000 + 0.5) }
end

local function session_expires(login, hub_id)
  for _, hub in ipairs(login.hubs) do
    if hub.id == hub_id then return hub.session_expires end
  end
end

-- Adds the stored facts of the login, and of the hub that the options or `homey use` select.
local function add_login(fact, login, hub_name)
  if not login then return end
  fact.account, fact.kind, fact.email, fact.user = login.account, login.kind, login.email,
    login.user
  fact.renews, fact.access_expires = login.renews, login.access_expires
  local hub = stored.hub(login, hub_name or login.hub or "")
  fact.hub, fact.hub_id = hub and hub.name or hub_name, hub and hub.id
end

local function add_home(fact, home, answer)
  fact.hub = rawget(home, "name") or answer and answer.name or fact.hub
  fact.hub_id, fact.version = rawget(home, "id") or fact.hub_id, rawget(home, "version")
  fact.address = rawget(home, "address")
  fact.milliseconds = answer and answer.milliseconds
end

local login_errors = { credentials = true, expired = true, unauthorized = true }

--- The status.
---@param options table<string, any>  of home_options
---@param limit? number  seconds
---@return table fact
---@return homey.Error? problem  nobody is logged in, or the hub does not answer
function status.read(options, limit)
  local given, complete = home_options.of(options, limit), home_options.login()
  local folder, account = complete.state_dir or nil, account_of(given, complete)
  local home = homey.new(given)
  local answer, problem = try(ask, home)
  local login, list = login_of(folder, account)
  local fact = { account = account, state_dir = folder }
  add_login(fact, login, given.hub or complete.hub)
  add_home(fact, home, answer)
  home:close()
  fact.kind = fact.kind or home_options.variable "HOMEY_TOKEN" and "key" or nil
  fact.logged_in = not (problem and login_errors[problem.kind])
  fact.reachable = answer ~= nil
  fact.problem = problem and problem.message or nil
  fact.session_expires = login and session_expires(login, fact.hub_id) or nil
  fact.others = others_of(list, login)
  return fact, problem
end

-- ---- for people ---------------------------------------------------------------------------------

local kinds = { key = "API key", user = "local user" }

local function lasts(expires, now, renews)
  local left = expires - now
  if left > 0 then
    return ("valid for %s%s"):format(duration.text(left), renews and ", renewed by itself" or "")
  end
  return ("expired %s ago%s"):format(duration.text(-left),
    renews and ", renewed by the next command" or ". Log in again.")
end

local function account_text(fact)
  if not fact.account then return nil end
  local more = kinds[fact.kind] or fact.user
  return fact.account .. (more and (" (%s)"):format(more) or "")
end

local function hub_text(fact)
  if not (fact.hub or fact.hub_id) then return nil end
  local more = {}
  if fact.hub then more[1] = fact.hub_id end
  if fact.version then more[#more + 1] = "version " .. fact.version end
  return (fact.hub or fact.hub_id)
    .. (#more > 0 and (" (%s)"):format(table.concat(more, ", ")) or "")
end

local function answer_text(fact)
  if not fact.logged_in then return nil end
  if fact.reachable then return ("yes, in %d ms"):format(fact.milliseconds) end
  return "no"
end

local function others_text(fact)
  local list = {}
  for i, each in ipairs(fact.others) do
    list[i] = each.account
      .. (#each.hubs > 0 and (" (%s)"):format(table.concat(each.hubs, ", ")) or "")
  end
  return #list > 0 and table.concat(list, "; ") or nil
end

--- The lines that a person reads.
---@param fact table
---@param now number  seconds since 1970
---@return {[1]: string, [2]: string}[]  title and text
function status.lines(fact, now)
  local session, access = fact.session_expires, fact.access_expires
  local rows = {
    { "Account", account_text(fact) or "nobody is logged in" },
    { "Hub", hub_text(fact) or false }, { "Address", fact.address or false },
    { "Answers", answer_text(fact) or false },
    { "Session", session and lasts(session, now, fact.renews) or false },
    { "Access to the cloud", access and lasts(access, now, fact.renews) or false },
    { "Stored in", fact.state_dir or "nothing is stored" },
    { "Also stored", others_text(fact) or false },
  }
  local lines = {}
  for _, row in ipairs(rows) do
    if row[2] then lines[#lines + 1] = row end
  end
  return lines
end

--- Fill in null for unknown fields, so that the output always has the same fields.
---@param fact table
---@return table
function status.complete(fact)
  for _, name in ipairs {
    "account", "kind", "email", "user", "hub", "hub_id", "version", "address", "milliseconds",
    "problem", "session_expires", "access_expires", "renews", "state_dir",
  } do
    if fact[name] == nil then fact[name] = null end
  end
  return fact
end

return status
