-- homey sim: serves a simulated cloud and hub to try things against, or runs automations in a home
-- in virtual time; with a page for a browser.

local arguments = require "homey.cli.arguments"
local format = require "homey.util.format"
local invalid = require "homey.util.invalid"
local named_scripts = require "homey.cli.runner.named_scripts"

local function check_readable(path)
  local file = io.open(path, "rb")
  if not file then return nil, ("takes a file that can be read, not %s."):format(format(path)) end
  file:close()
  return path
end

local command = {
  name = "sim", takes = "[FILE|FOLDER...]", most = math.huge,
  text = "Serve a simulated cloud and hub on this computer.",
  more =
    "Serves a page that shows the home, where a click acts as a person does. Prints its address,\n"
    .. "the variables to export, so that scripts and `homey` use the home, and each request and\n"
    .. "change. Reads commands from the standard input: \"help\" lists them.\n"
    .. "With --virtual it runs automations instead, in this process and in virtual time: files\n"
    .. "and folders as `homey run` takes them.",
  options = {
    { name = "home", value = "FILE", type = "text", check = check_readable,
      doc = "the home as JSON: keyed as a hub's list calls answer, or a short description" },
    { name = "devices", value = "N", type = "integer", min = 0, max = 1000000,
      doc = "generate a home with this many devices" },
    { name = "seed", value = "N", type = "integer", min = 0, max = 2 ^ 31,
      doc = "seed of the generated home; the same seed gives the same home" },
    { name = "http", value = "PORT", type = "integer", min = 0, max = 65535,
      default_text = "any free port", doc = "the hub's port for plain HTTP" },
    { name = "https", value = "PORT", type = "integer", min = 0, max = 65535,
      default_text = "any free port", doc = "the port of the hub and the cloud for TLS" },
    { name = "page", value = "PORT", type = "integer", min = 0, max = 65535,
      default_text = "8080, or any free port", doc = "the port of the page" },
    { name = "virtual", type = "boolean",
      doc = "run automations in virtual time, whose speed the page changes" },
    { name = "time", value = "TIME", type = "text", default_text = "now",
      doc = "with --virtual: the local time at the start: \"2026-06-21 18:00\" or \"18:00\"" },
    { name = "speed", value = "N", type = "integer", min = 1, max = 86400, default_text = "1",
      doc = "with --virtual: seconds of virtual time in one second" },
    { name = "v2", type = "boolean", doc = "a hub of before 2023" },
    { name = "serve", type = "boolean",
      doc = "keep running after the end of the input" },
  },
}

-- Options that only one of the two ways takes.
local only_virtual, only_served = { "time", "speed" }, { "http", "https", "serve" }

local function check_options(given, rest)
  for _, name in ipairs(given.virtual and only_served or only_virtual) do
    if given[name] then
      invalid(given.virtual and "homey sim: --%s does not go with --virtual, which serves no hub."
        or "homey sim: --%s goes with --virtual.", name)
    end
  end
  if rest[1] and not given.virtual then
    invalid("homey sim: %s is run with --virtual: homey sim --virtual %s", rest[1], rest[1])
  end
end

local cli = { commands = { sim = command } }

--- homey sim.
---@param list string[]  the arguments behind the word "sim"
---@return integer code
function cli.main(list)
  local given, rest = arguments.read(command, list)
  if not given then return rest --[[@as integer]] end
  check_options(given, rest)
  if given.virtual then
    require "homey.cli.virtual.start"(named_scripts(rest, "sim"), {
      home = given.home, devices = given.devices, seed = given.seed, time = given.time,
      speed = given.speed, page = given.page, api_version = given.v2 and 2 or nil,
    })
    return 0
  end
  require("homey.sim").main {
    home = given.home, devices = given.devices, seed = given.seed, serve = given.serve,
    page = given.page,
    api_version = given.v2 and 2 or nil, ports = { http = given.http, https = given.https },
  }
  return 0
end

return cli
