-- Options of every command that asks the hub: which login, which hub, and how long it may take.
-- They win over the environment, and the environment over `homey use`.

local lazy = require "homey.util.lazy"

local login_options = lazy "homey.login.options"
local stored = lazy "homey.cli.stored"

local home_options = {}

--- The rows.
---@type homey.cli.OptionRow[]
home_options.rows = {
  { name = "account", value = "NAME", type = "text",
    doc = "the stored login: its e-mail address, or the address of its hub" },
  { name = "hub", value = "NAME", type = "text",
    doc = "the Homey, by name or id, where the account has several" },
  { name = "timeout", value = "TIME", type = "duration", min = 0.001, limits = true,
    doc = "fail where it takes longer: 30s" },
}

--- A variable of the environment; nil where it is empty, too.
---@param name string
---@return string?
function home_options.variable(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end

--- One of the rows.
---@param name string
---@return homey.cli.OptionRow
function home_options.row(name)
  for _, row in ipairs(home_options.rows) do
    if row.name == name then return row end
  end
  return error("no option " .. name)
end

--- Add the rows to a command, except those of which it has its own.
---@param command homey.cli.Command
function home_options.add(command)
  local own, rows = {}, {}
  for _, row in ipairs(command.options or {}) do
    own[row.name] = true
    rows[#rows + 1] = row
  end
  for _, row in ipairs(home_options.rows) do
    if not own[row.name] then rows[#rows + 1] = row end
  end
  command.options = rows
end

--- The options of a login as the environment completes them.
---@return homey.Options
function home_options.login()
  local _, options = login_options.read()
  return options
end

--- The folder of the stored logins; nil where none are stored.
---@return string?
function home_options.state_dir()
  return home_options.login().state_dir or nil
end

-- The credentials of the environment belong to another account than the one that was named.
local function of_account(name)
  local folder = home_options.state_dir()
  local account = folder and stored.find(folder, name).account or name
  if os.getenv "HOMEY_EMAIL" == account then return { account = account, token = false } end
  return { account = account, email = false, password = false, token = false, address = false }
end

local longest = 3600 -- seconds that the core takes

--- How long a command may take; nil where that is not limited, or by an option of its own.
---@param command homey.cli.Command
---@param options table<string, any>
---@return number? seconds
function home_options.limit(command, options)
  for _, row in ipairs(command.options or {}) do
    if row.name == "timeout" then return row.limits and options.timeout or nil end
  end
end

--- What the options mean for homey.login.
---@param options table<string, any>
---@param limit? number  of the command, in seconds: longer silence of the hub is a failure, too
---@return homey.Options
function home_options.of(options, limit)
  local given = options.account and of_account(options.account) or {}
  given.hub = options.hub
  given.timeout = limit and math.min(limit, longest)
  return given
end

return home_options
