--- Console commands of the simulator: a line in, lines out, without a terminal.
local actions = require "homey.sim.control.actions"
local core = require "homey.core"
local duration = require "homey.util.duration"
local number_text = require "homey.util.number_text"
local format = require "homey.util.format"
local suggest = require "homey.util.suggest"
local visible = require("homey.util.text").visible

local console = {}

--- The name of a device with that of its zone, for a terminal: "Kitchen/Lamp".
---@param context homey.sim.Context
---@param device table
---@return string
function console.name(context, device) return visible(context.model:label(device)) end

-- Words that are JSON have its value: true, 0.5, "text". All others are text.
local function value_of(word)
  local value = core.decode(word)
  if value == nil then return word end
  return value
end

local function find(context, ref)
  ref = ref:match('^"(.*)"$') or ref
  local device = context.model:device(ref)
  if device then return device end
  local names = {}
  for _, each in pairs(context.model.data.devices) do
    names[#names + 1] = console.name(context, each)
  end
  return error(("the home has no device '%s'%s"):format(ref, suggest.hint(ref, names)), 0)
end

local function values_of(device)
  local list = {}
  for _, id in ipairs(device.capabilities) do
    list[#list + 1] = ("%s %s"):format(id, format(device.capabilitiesObj[id].value))
  end
  return list
end

local commands = {}

-- Defines a command: its arguments, its help, f(context, server, rest of the line, print).
local function command(name, usage, help, f)
  commands[#commands + 1] = { name = name, usage = usage, help = help, f = f }
  commands[name] = commands[#commands]
end

command("devices", "[TEXT]", "list devices, all or by name", function(context, _, rest, say)
  local lines = {}
  for _, device in pairs(context.model.data.devices) do
    local name = console.name(context, device)
    if name:lower():find(rest:lower(), 1, true) then
      lines[#lines + 1] = ("%-28s %s"):format(name, table.concat(values_of(device), ", "))
    end
  end
  table.sort(lines)
  for _, line in ipairs(lines) do say(line) end
end)

command("show", "DEVICE", "show a device and its values", function(context, _, rest, say)
  local device = find(context, rest)
  say(("%s  %s  %s%s"):format(console.name(context, device), device.class, device.id,
    device.available and "" or "  not available"))
  for _, value in ipairs(values_of(device)) do say("  " .. value) end
end)

command("set", "DEVICE CAPABILITY VALUE", "let a device report a value",
  function(context, server, rest)
  local ref, capability, word = rest:match('^(.-)%s+(%S+)%s+(".*")$')
  if not ref then ref, capability, word = rest:match("^(.-)%s+(%S+)%s+(%S+)$") end
  if not ref then
    error("set takes a device, a capability and a value: set Kitchen/Lamp onoff true", 0)
  end
  actions.operate(context, {
    device = find(context, ref).id, capability = capability, value = value_of(word),
  }, server)
end)

command("variable", "NAME VALUE", "set a variable", function(context, _, rest)
  local name, word = rest:match('^(.-)%s+(".*")$')
  if not name then name, word = rest:match("^(.-)%s+(%S+)$") end
  for id, variable in pairs(context.model.data.variables) do
    if variable.name == name then
      local changed, _, problem = context.model:set_variable(id, value_of(word))
      return changed or error(problem, 0)
    end
  end
  error(("the home has no variable '%s'"):format(name or rest), 0)
end)

command("available", "DEVICE true|false", "make a device available or not",
  function(context, _, rest)
  local ref, word = rest:match("^(.-)%s+(%a+)$")
  if word ~= "true" and word ~= "false" then
    error("available takes a device and true or false", 0)
  end
  context.model:update("devices", find(context, ref).id, { available = word == "true" })
end)

command("drop", "[TIME]", "break all connections for a time (10 s)", function(context, server, rest)
  local time = rest ~= "" and (number_text.read(rest) or rest) or "10 s"
  actions.hang_up(context, duration.seconds(time, "drop"), server)
end)

command("restart", "", "restart the hub: unreachable for 3 s", function(context, server)
  actions.hang_up(context, 3, server)
end)

command("kick", "", "close the event namespace of all clients", function(context, server, _, say)
  say(actions.kick(context, {}, server) .. " kicked")
end)

command("say", "PACKET", "send any packet to all clients", function(context, server, rest, say)
  say(actions.say(context, { text = rest }, server) .. " sent")
end)

command("expire", "KIND", "expire all tokens: bearer, access, refresh, code or jwt",
  function(context, _, rest) actions.expire(context, rest) end)

command("fail", "KIND [NAME=VALUE ...]", "add a fault: fail status route=device status=500 times=3",
  function(context, _, rest)
    local fault = { kind = rest:match("^%S+") }
    for name, word in rest:gmatch("(%w+)=(%S+)") do fault[name] = value_of(word) end
    actions.fault(context, fault)
  end)

command("clear", "", "remove all faults and prepared answers", function(context)
  actions.clear(context)
end)

command("settings", "[NAME=VALUE ...]", "change or show settings", function(context, _, rest, say)
  local changes = {}
  for name, word in rest:gmatch("([%w_]+)=(%S+)") do changes[name] = value_of(word) end
  if next(changes) then return actions.set(context, changes) end
  for _, name in ipairs(suggest.keys(context.settings)) do
    local value = context.settings[name]
    if type(value) ~= "table" then say(("%-20s %s"):format(name, format(value))) end
  end
end)

command("state", "", "show counts", function(context, server, _, say)
  local state = actions.state(context, nil, server)
  for _, name in ipairs(suggest.keys(state.counts)) do
    say(("%-20s %d"):format(name, state.counts[name]))
  end
  say(("%-20s %d"):format("requests", state.requests))
  say(("%-20s %d"):format("websockets", state.sockets))
end)

command("help", "", "list the commands", function(_, _, _, say)
  for _, each in ipairs(commands) do
    say(("  %-9s %-24s %s"):format(each.name, each.usage, each.help))
  end
end)

command("quit", "", "stop the simulator", function() return "quit" end)

--- Run a command.
---@param context homey.sim.Context
---@param server homey.sim.Server
---@param line string
---@param say fun(text: string)  prints a line of the answer
---@return boolean ok     false: the answer is an error
---@return boolean? quit
function console.run(context, server, line, say)
  local word, rest = line:match("^%s*(%S+)%s*(.-)%s*$")
  if not word then return true end
  local found = commands[word]
  if not found then
    local names = {}
    for i, each in ipairs(commands) do names[i] = each.name end
    say(("there is no command '%s'%s"):format(word, suggest.hint(word, names)))
    return false
  end
  local ok, result = pcall(found.f, context, server, rest, say)
  if not ok then say(type(result) == "table" and result.message or tostring(result)) end
  return ok, ok and result == "quit"
end

return console
