-- homey get, set, why: one request to the hub each, with the stored login.

local Task = require "homey.task.task"
local arguments = require "homey.cli.arguments"
local capability_rules = require "homey.model.capability"
local core = require "homey.core"
local homey = require "homey"
local interruptible = require "homey.cli.interruptible"
local number_text = require "homey.util.number_text"
local output = require "homey.cli.output"
local text = require "homey.util.text"

local commands = {
  get = {
    name = "get", takes = "DEVICE [CAPABILITY]", least = 1, most = 2,
    text = "Show a value: homey get Kitchen/Lamp dim. Without a capability: all values.",
  },
  set = {
    name = "set", takes = "DEVICE CAPABILITY VALUE", least = 3,
    text = "Change a value: homey set Kitchen/Lamp onoff true",
    more =
      "For a number with a range, 50% is half of the range; +10%, -10%, +0.1 and -0.1 are "
        .. "relative\n"
      .. "to the current value. Words behind -- are not options.",
  },
  why = {
    name = "why", takes = "DEVICE CAPABILITY", least = 2,
    text = "Explain why a value is as it is, from the journal of the automations on this machine.",
  },
}

local function format_value(value)
  if type(value) == "string" then return text.visible(value) end
  if value == nil or value == core.null then return "null" end
  return text.visible_json((core.encode(value)))
end

local switch = {
  ["true"] = true, on = true, yes = true, ["false"] = false, off = false, no = false,
}

local readers = {}

function readers.boolean(word)
  return switch[text.lower(word)]
end

-- The device itself reads "50%", "+10%" and "-0.1".
function readers.number(word)
  if capability_rules.is_relative(word) then return word end
  return number_text.read(word)
end

-- Converts a word to the type of the capability. The device refuses a word that is no such value.
local function read_value(device, capability, word)
  local known = device.capabilities[capability]
  local reader = known and readers[known.type]
  local value = reader and reader(word)
  if value == nil then return word end
  return value
end

local run = {}

local function all_values(device)
  local lines = {}
  device:refresh()
  for id, known in pairs(device.capabilities) do
    if known.getable then
      lines[#lines + 1] = ("%s\t%s\n"):format(text.visible(id), format_value(device:value(id)))
    end
  end
  table.sort(lines)
  return table.concat(lines)
end

function run.get(rest)
  local device = homey.device(rest[1])
  output(rest[2] and format_value(device:get(rest[2])) .. "\n" or all_values(device))
end

-- In a task, whose cause the journal keeps: `homey why` then names the command.
function run.set(rest)
  local device = homey.device(rest[1])
  local value = read_value(device, rest[2], rest[3])
  local cause = { handler = "`homey set`", depth = 0 }
  Task.start(device.home.scheduler, { cause = cause }, device.set, device, rest[2], value):wait()
end

function run.why(rest)
  output(homey.why(rest[1], rest[2]) .. "\n")
end

local devices = {}

--- homey get, set, why.
---@param list string[]
---@param name string
---@return integer code
function devices.main(list, name)
  local options, rest = arguments.read(commands[name], list)
  if not options then return rest --[[@as integer]] end
  local _, code = interruptible(function()
    homey.login()
    run[name](rest)
  end)
  return code or 0
end

return devices
