-- homey sim: a simulated cloud and hub to try things against.

local arguments = require "homey.cli.arguments"
local invalid = require "homey.util.invalid"
local number_text = require "homey.util.number_text"

local command = {
  name = "sim", takes = "",
  text = "Serve a simulated cloud and hub on this computer.",
  more = "It says what to export, so that scripts and `homey` use it, shows what they ask and what changes, and takes\n" ..
    "commands: \"help\" lists them.",
  options = {
    { name = "home", value = "FILE", text = "the home as JSON, keyed as a hub's list calls answer, or in a few words" },
    { name = "devices", value = "N", text = "a home with so many devices" },
    { name = "seed", value = "N", text = "another one of them; the same for the same number" },
    { name = "http", value = "PORT", text = "where the hub listens for plain HTTP; any free port by default" },
    { name = "https", value = "PORT", text = "where the hub and the cloud listen for TLS" },
    { name = "v2", text = "a hub of before 2023" },
    { name = "serve", text = "go on after the end of the input, until it is killed" },
  },
}

local function whole(given, name, what, most)
  local word = given[name]
  if not word then return nil end
  local number = number_text.read(word)
  if number and number >= 0 and number == math.floor(number) and number <= most then return number end
  return invalid("--%s takes %s, not '%s'.", name, what, word)
end

local function readable(path)
  local file = path and io.open(path, "rb")
  if path and not file then invalid("--home takes a file that can be read, not '%s'.", path) end
  if file then file:close() end
  return path
end

local cli = {}

--- homey sim.
---@param list string[]  what follows the word "sim"
---@return integer code
function cli.main(list)
  local given, code = arguments.read(command, list)
  if not given then return code --[[@as integer]] end
  require("homey.sim").main {
    home = readable(given.home), devices = whole(given, "devices", "a whole number", 1000000),
    seed = whole(given, "seed", "a whole number", 2 ^ 31), serve = given.serve, api_version = given.v2 and 2 or nil,
    ports = { http = whole(given, "http", "a port", 65535), https = whole(given, "https", "a port", 65535) },
  }
  return 0
end

return cli
