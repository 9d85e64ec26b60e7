-- homey types: annotations of this home, for editors.

local annotations = require "homey.cli.types.annotations"
local at_home = require "homey.cli.at_home"
local homey = require "homey"
local output = require "homey.cli.output"
local raise = require "homey.util.raise"

local commands = {
  types = {
    name = "types", takes = "", text = "Print the types of this home for editors: homey types > "
      .. "home.lua",
    more = "An editor with a language server for Lua completes the names of devices, capabilities "
      .. "and\nenum values from this file, and underlines wrong ones.",
  },
}

-- A login may lack the scope of a kind, and an old hub has no moods: their names are left out.
local function list(finder)
  local found, err = homey.try(finder)
  if found then return found end
  if err.kind ~= "forbidden" and err.kind ~= "not_found" then raise(err) end
  return {}
end

local run = {}

function run.types(_, _, home)
  local devices = {}
  for i, device in ipairs(homey.devices()) do devices[i] = device end
  output(annotations.of {
    name = home.name or home.id, devices = devices,
    others = {
      zone = list(homey.zones), flow = list(homey.flows), mood = list(homey.moods),
      variable = list(homey.variables), user = list(homey.users),
    },
  })
end

return { main = at_home.main(commands, run), commands = commands }
