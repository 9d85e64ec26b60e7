-- Logs out of one login, or of all stored logins.

local home_options = require "homey.cli.home_options"
local homey = require "homey"
local output = require "homey.cli.output"
local stored = require "homey.cli.stored"
local try = require "homey.task.try"
local visible = require("homey.util.text").visible

local logout = {}

-- Ends the sessions on the other hubs of an account. An unreachable hub is ignored, as for the hub
-- in use.
local function end_other_sessions(login, options)
  for _, hub in ipairs(login.hubs) do
    local is_open = hub.session_id and (hub.session_expires or 0) > os.time()
    if is_open and hub.id ~= login.hub then
      local home = homey.new(home_options.of {
        account = login.account, hub = hub.id, timeout = options.timeout,
      })
      try(home.delete, home, "/api/manager/sessions/session/" .. hub.session_id)
      home:close()
    end
  end
end

--- Log out of every stored login, and print a line for each.
---@param options table<string, any>
---@return integer code
function logout.all(options)
  local folder = home_options.state_dir()
  local list = folder and stored.list(folder) or {}
  if #list == 0 then output "Nobody is logged in.\n" end
  local code = 0
  for _, login in ipairs(list) do
    if login.damaged then
      io.stderr:write(("homey: the stored login %s/%s is damaged. Delete it.\n")
        :format(visible(folder), login.file))
      code = 1
    else
      end_other_sessions(login, options)
      homey.new(home_options.of { account = login.account, timeout = options.timeout }):logout()
      output(("Logged out %s: %s.\n"):format(visible(login.account), visible(stored.hubs(login))))
    end
  end
  return code
end

-- Prints which login the commands use after the logout.
local function report_next(list)
  local current = stored.current(list)
  if current then
    output(("Commands now use %s.\n"):format(visible(current.account)))
  elseif #list > 0 then
    output(("Still stored: %s. Choose one with `homey use`.\n"):format(visible(stored.names(list))))
  end
end

--- Log out of the login that the options select.
---@param options table<string, any>
---@return integer code
function logout.one(options)
  local folder = home_options.state_dir()
  local before = folder and stored.list(folder) or {}
  if #before == 0 then
    output "Nobody is logged in.\n"
    return 0
  end
  homey.new(home_options.of(options)):logout()
  output "Logged out.\n"
  local used, after = stored.current(before), stored.list(folder)
  local now_used = stored.current(after)
  if #after < #before and (used and used.file) ~= (now_used and now_used.file) then
    report_next(after)
  end
  return 0
end

return logout
