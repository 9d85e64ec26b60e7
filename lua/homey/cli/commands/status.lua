-- homey status, homey use: the login and the hub that commands use.

local arguments = require "homey.cli.arguments"
local facts = require "homey.cli.facts"
local home_options = require "homey.cli.home_options"
local interruptible = require "homey.cli.interruptible"
local invalid = require "homey.util.invalid"
local lazy = require "homey.util.lazy"
local new_error = require "homey.error"
local output = require "homey.cli.output"
local raise = require "homey.util.raise"
local stored = require "homey.cli.stored"
local system = require "homey.system"
local text = require "homey.util.text"

local status = lazy "homey.cli.account.status"

local visible = text.visible

local commands = {
  status = {
    name = "status", takes = "",
    text = "Show who is logged in, which hub is used, whether it answers, and what else is stored.",
    options = facts.options,
  },
  use = {
    name = "use", takes = "HUB|ACCOUNT", least = 1,
    text = "Use a stored account, or a Homey of one, wherever none is named: homey use Cabin",
    more = "The options --account and --hub, and the environment, win over it.",
    options = {
      { name = "account", value = "NAME", type = "text",
        doc = "the account of the Homey, where several have one of that name" },
    },
  },
}
home_options.add(commands.status)

-- ---- status -------------------------------------------------------------------------------------

local function now()
  return require("homey.task.scheduler").shared().core_loop:time()
end

local function table_of(lines)
  local rows = {}
  for i, line in ipairs(lines) do
    rows[i] = system.isatty(1) and ("%-19s  %s"):format(line[1], visible(line[2]))
      or line[1] .. "\t" .. visible(line[2])
  end
  return table.concat(rows, "\n")
end

local run = {}

function run.status(options)
  local fact, problem = status.read(options, home_options.limit(commands.status, options))
  local shown = table_of(status.lines(fact, now()))
  facts.print_one(status.complete(fact), shown, options)
  if problem then raise(problem) end
end

-- ---- use ----------------------------------------------------------------------------------------

local function folder_or_fail()
  return home_options.state_dir()
    or invalid("there is no folder of stored logins. Set HOME or HOMEY_STATE_DIR.")
end

-- The logins that a name may mean; with the hub, when the name is that of a hub.
local function meant_by(list, name)
  for _, login in ipairs(list) do
    if stored.is_named(login, name) then return { { login = login } } end
  end
  local found = {}
  for _, login in ipairs(list) do
    local hub = stored.hub(login, name)
    if hub and login.is_current then return { { login = login, hub = hub } } end
    if hub then found[#found + 1] = { login = login, hub = hub } end
  end
  return found
end

local function what_there_is(list)
  local each = {}
  for i, login in ipairs(list) do
    each[i] = login.damaged and login.file .. " (damaged)"
      or ("%s (%s)"):format(login.account, stored.hubs(login))
  end
  return #each > 0 and "There is " .. table.concat(each, "; ") .. "."
    or "Log in with `homey login`."
end

local function choose(folder, name, account)
  local list = account and { stored.find(folder, account) } or stored.list(folder)
  local found = meant_by(list, name)
  if #found == 0 then
    raise(new_error("not_found",
      ("no login is stored for a hub or an account '%s'. %s"):format(name, what_there_is(list))))
  end
  if #found > 1 then
    raise(new_error("ambiguous", ("several accounts have a hub '%s': %s. Give --account, too.")
      :format(name, stored.names { found[1].login, found[2].login })))
  end
  return found[1]
end

local winners = { "HOMEY_EMAIL", "HOMEY_TOKEN", "HOMEY_HUB" }

local function warn_of_environment()
  for _, name in ipairs(winners) do
    if (os.getenv(name) or "") ~= "" then
      io.stderr:write(("homey: %s is set, and wins over this.\n"):format(name))
    end
  end
end

function run.use(options, rest)
  local folder = folder_or_fail()
  local found = choose(folder, rest[1], options.account)
  local hub = found.hub or stored.hub(found.login, found.login.hub or "")
  stored.use(folder, found.login, found.hub and found.hub.id)
  output(("Commands now use %s%s.\n"):format(
    hub and visible(hub.name or hub.id) .. " of " or "", visible(found.login.account)))
  warn_of_environment()
end

local main = { commands = commands }

--- homey status, homey use.
---@param list string[]
---@param name "status"|"use"
---@return integer code
function main.main(list, name)
  local options, rest = arguments.read(commands[name], list)
  if not options then return rest --[[@as integer]] end
  local _, code = interruptible(function() return run[name](options, rest) end,
    home_options.limit(commands[name], options))
  return code or 0
end

return main
