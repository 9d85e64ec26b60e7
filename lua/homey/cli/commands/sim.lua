-- homey sim: serves a simulated cloud and hub to try things against.

local arguments = require "homey.cli.arguments"
local format = require "homey.util.format"

local function check_readable(path)
  local file = io.open(path, "rb")
  if not file then return nil, ("takes a file that can be read, not %s."):format(format(path)) end
  file:close()
  return path
end

local command = {
  name = "sim", takes = "",
  text = "Serve a simulated cloud and hub on this computer.",
  more =
    "Serves a page that shows the home, where a click acts as a person does. Prints its address,\n"
    .. "the variables to export, so that scripts and `homey` use the home, and each request and\n"
    .. "change. Reads commands from the standard input: \"help\" lists them.",
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
    { name = "v2", type = "boolean", doc = "a hub of before 2023" },
    { name = "serve", type = "boolean",
      doc = "keep running after the end of the input" },
  },
}

local cli = { commands = { sim = command } }

--- homey sim.
---@param list string[]  the arguments behind the word "sim"
---@return integer code
function cli.main(list)
  local given, code = arguments.read(command, list)
  if not given then return code --[[@as integer]] end
  require("homey.sim").main {
    home = given.home, devices = given.devices, seed = given.seed, serve = given.serve,
    page = given.page,
    api_version = given.v2 and 2 or nil, ports = { http = given.http, https = given.https },
  }
  return 0
end

return cli
