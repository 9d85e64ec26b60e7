-- homey devices, get, set, why: one question to the hub each, with the stored login.

local Task = require "homey.task"
local arguments = require "homey.cli.arguments"
local capability_rules = require "homey.capability"
local core = require "homey.core"
local homey = require "homey"
local interruptible = require "homey.cli.interruptible"
local invalid = require "homey.invalid"
local number_text = require "homey.number_text"
local output = require "homey.cli.output"
local show = require "homey.show"
local text = require "homey.text"

local commands = {
  devices = { name = "devices", takes = "", text = "List the devices: zone and name, class, id." },
  get = { name = "get", takes = "DEVICE CAPABILITY", least = 2, text = "Show a value: homey get Kitchen/Lamp dim" },
  set = {
    name = "set", takes = "DEVICE CAPABILITY VALUE", least = 3,
    text = "Change a value: homey set Kitchen/Lamp onoff true",
    more = "Of a number with a range 50% is a part of it; +10%, -10%, +0.1 and -0.1 are steps from what it is.\n"
      .. "What stands behind -- is no option, whatever it looks like.",
  },
  why = {
    name = "why", takes = "DEVICE CAPABILITY", least = 2,
    text = "Tell what made a value what it is, as far as automations of this machine know.",
  },
}

local function written(value)
  if type(value) == "string" then return text.visible(value) end
  if value == nil or value == core.null then return "null" end
  return text.visible_json((core.encode(value)))
end

local switch = { ["true"] = true, on = true, yes = true, ["false"] = false, off = false, no = false }

local readers = {}

function readers.boolean(word)
  if switch[text.lower(word)] == nil then invalid("this capability takes true or false, not %s.", show(word)) end
  return switch[text.lower(word)]
end

-- "50%", "+10%" and "-0.1" are for the device to understand.
function readers.number(word)
  if capability_rules.is_relative(word) then return word end
  return number_text.read(word) or invalid("this capability takes a number, not %s.", show(word))
end

-- What the words of a command line mean depends on what the capability takes.
local function value_of(device, capability, word)
  local known = device.capabilities[capability]
  local reader = known and readers[known.type]
  if reader then return reader(word) end
  return word
end

local run = {}

function run.devices()
  local lines = {}
  for _, device in ipairs(homey.devices()) do
    lines[#lines + 1] = ("%s\t%s\t%s\n"):format(tostring(device), text.visible(device.class or "-"), text.visible(device.id))
  end
  table.sort(lines)
  output(table.concat(lines))
end

function run.get(rest)
  output(written(homey.device(rest[1]):get(rest[2])) .. "\n")
end

-- In a task, whose cause the journal keeps: who asks why later is told of the command, not of a line in it.
function run.set(rest)
  local device = homey.device(rest[1])
  local value = value_of(device, rest[2], rest[3])
  Task.start(device.home.reactor, { cause = { handler = "`homey set`", depth = 0 } }, device.set, device, rest[2], value):wait()
end

function run.why(rest)
  output(homey.why(rest[1], rest[2]) .. "\n")
end

local ask = {}

--- homey devices, get, set, why.
---@param list string[]
---@param name string
---@return integer code
function ask.main(list, name)
  local options, rest = arguments.read(commands[name], list)
  if not options then return rest --[[@as integer]] end
  local _, code = interruptible(function()
    homey.login()
    run[name](rest)
  end)
  return code or 0
end

return ask
