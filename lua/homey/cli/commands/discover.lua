-- homey discover: the hubs of the local network.

local Browser = require "homey.cli.discover.browser"
local arguments = require "homey.cli.arguments"
local core = require "homey.core"
local facts = require "homey.cli.facts"
local homey = require "homey"
local interruptible = require "homey.cli.interruptible"
local new_error = require "homey.error"
local raise = require "homey.util.raise"

local search_time = 3  -- seconds
local ping_timeout = 3 -- seconds
local longest_answer = 65536 -- bytes

local command = {
  name = "discover", takes = "", text = "Find the hubs in the local network, by mDNS.",
  more = "Each is asked for its id. HOMEY_ADDRESS and `homey login` take the address.",
  options = {
    { name = "timeout", value = "TIME", type = "duration", min = 0.5, max = 60,
      default_text = "3 s", doc = "how long to search" },
  },
}
command.options = facts.with(command.options)

local columns = {
  { "ADDRESS", "url" }, { "NAME", "name", rest = true }, { "MODEL", "model" },
  { "VERSION", "version" }, { "ID", "id" }, { "ANSWERS", "answers" },
}

local function url_of(hub)
  return "http://" .. hub.address .. (hub.port == 80 and "" or ":" .. hub.port)
end

-- Any machine in the network can announce any address. A loopback address is that of another
-- program on this machine.
local function is_of_home(address)
  return core.is_private_ip(address) and not address:find "^127%."
end

-- Asks a hub for its id. What mDNS says may be old, or of another machine.
local function verify(hub)
  if not is_of_home(hub.address) then return nil end
  local answer = homey.try(homey.fetch, url_of(hub) .. "/api/manager/system/ping",
    { timeout = ping_timeout, redirects = false, max = longest_answer })
  if not (answer and answer.ok) then return nil end
  return answer.headers["x-homey-id"], answer.headers["x-homey-version"]
end

local function fact_of(hub)
  local id, version = verify(hub)
  return {
    url = url_of(hub), address = hub.address, port = hub.port, name = hub.name,
    id = id or hub.id or core.null, model = hub.model or core.null,
    version = version or hub.version or core.null, host = hub.host, answers = id ~= nil,
  }
end

local function search(seconds)
  local browser = Browser.new()
  local ok, err = homey.try(browser.search, browser, seconds)
  local found = browser:found()
  browser:close()
  if ok == nil and err then raise(err) end
  local tasks, list = {}, {}
  for i, hub in ipairs(found) do tasks[i] = homey.spawn(fact_of, hub) end
  for i, task in ipairs(tasks) do list[i] = task:wait() end
  return list
end

local nothing = "no hub has answered. mDNS reaches only hubs in the same network as this machine. "
  .. "The Homey app shows the address of a hub under Settings, General."

local discover = { commands = { discover = command } }

--- homey discover.
---@param list string[]
---@return integer code
function discover.main(list)
  local options, code = arguments.read(command, list)
  if not options then return code --[[@as integer]] end
  local found, stopped = interruptible(function() return search(options.timeout or search_time) end)
  if stopped then return stopped end
  if #found == 0 then raise(new_error("not_found", nothing)) end
  facts.print(found, columns, options)
  return 0
end

return discover
