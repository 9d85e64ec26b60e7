--- What a person types to a simulated home: a line in, lines out. Knows no terminal.
local core = require "homey.core"
local duration = require "homey.util.duration"
local suggest = require "homey.util.suggest"
local number_text = require "homey.util.number_text"
local orders = require "homey.sim.control.actions"
local show = require "homey.util.format"
local visible = require("homey.util.text").visible

local prompt = {}

local function name_of(context, device)
  local zone = context.model.data.zones[device.zone]
  return visible((zone and zone.name .. "/" or "") .. device.name)
end

--- A device as people name it: "Kitchen/Lamp".
---@param context homey.sim.Context
---@param device table
---@return string
prompt.name = name_of

--- "true", "0.5", "\"text\"" as JSON has them; anything else is text as it stands.
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
  for _, each in pairs(context.model.data.devices) do names[#names + 1] = name_of(context, each) end
  return error(("the home has no device '%s'%s"):format(ref, suggest.hint(ref, names)), 0)
end

local function values_of(device)
  local list = {}
  for _, id in ipairs(device.capabilities) do
    list[#list + 1] = ("%s %s"):format(id, show(device.capabilitiesObj[id].value))
  end
  return list
end

local commands = {}

--- A command: what is typed after its name, what it does, f(context, served, rest, say).
local function command(name, usage, help, f)
  commands[#commands + 1] = { name = name, usage = usage, help = help, f = f }
  commands[name] = commands[#commands]
end

command("devices", "[TEXT]", "the devices, or those whose names hold a text", function(context, _, rest, say)
  local lines = {}
  for _, device in pairs(context.model.data.devices) do
    local name = name_of(context, device)
    if name:lower():find(rest:lower(), 1, true) then
      lines[#lines + 1] = ("%-28s %s"):format(name, table.concat(values_of(device), ", "))
    end
  end
  table.sort(lines)
  for _, line in ipairs(lines) do say(line) end
end)

command("show", "DEVICE", "a device and its values", function(context, _, rest, say)
  local device = find(context, rest)
  say(("%s  %s  %s%s"):format(name_of(context, device), device.class, device.id,
    device.available and "" or "  not available"))
  for _, value in ipairs(values_of(device)) do say("  " .. value) end
end)

command("set", "DEVICE CAPABILITY VALUE", "operate it, as a hand on its switch does", function(context, served, rest)
  local ref, capability, word = rest:match('^(.-)%s+(%S+)%s+(".*")$')
  if not ref then ref, capability, word = rest:match("^(.-)%s+(%S+)%s+(%S+)$") end
  if not ref then error("set takes a device, a capability and a value: set Kitchen/Lamp onoff true", 0) end
  orders.operate(context, { device = find(context, ref).id, capability = capability, value = value_of(word) }, served)
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

command("available", "DEVICE true|false", "whether it can be reached", function(context, _, rest)
  local ref, word = rest:match("^(.-)%s+(%a+)$")
  if word ~= "true" and word ~= "false" then error("available takes a device and true or false", 0) end
  context.model:update("devices", find(context, ref).id, { available = word == "true" })
end)

command("drop", "[TIME]", "the network is gone for so long (10 s)", function(context, served, rest)
  orders.hang_up(context, duration.seconds(rest ~= "" and (number_text.read(rest) or rest) or "10 s", "drop"), served)
end)

command("restart", "", "the hub restarts: gone for 3 s", function(context, served)
  orders.hang_up(context, 3, served)
end)

command("kick", "", "throw every client out of the namespace of events", function(context, served, _, say)
  say(orders.kick(context, {}, served) .. " thrown out")
end)

command("say", "PACKET", "send a packet to every client, whatever it is", function(context, served, rest, say)
  say(orders.say(context, { text = rest }, served) .. " told")
end)

command("expire", "KIND", "tokens are out of date: bearer, access, refresh, code or jwt", function(context, _, rest)
  orders.expire(context, rest)
end)

command("fail", "KIND [NAME=VALUE ...]", "something goes wrong: fail status route=device status=500 times=3",
  function(context, _, rest)
    local fault = { kind = rest:match("^%S+") }
    for name, word in rest:gmatch("(%w+)=(%S+)") do fault[name] = value_of(word) end
    orders.fault(context, fault)
  end)

command("clear", "", "nothing goes wrong any more", function(context) orders.clear(context) end)

command("settings", "[NAME=VALUE ...]", "change settings, or show them", function(context, _, rest, say)
  local changes = {}
  for name, word in rest:gmatch("([%w_]+)=(%S+)") do changes[name] = value_of(word) end
  if next(changes) then return orders.set(context, changes) end
  for _, name in ipairs(suggest.keys(context.settings)) do
    if type(context.settings[name]) ~= "table" then say(("%-20s %s"):format(name, show(context.settings[name]))) end
  end
end)

command("state", "", "what has been counted", function(context, served, _, say)
  local state = orders.state(context, nil, served)
  for _, name in ipairs(suggest.keys(state.counts)) do say(("%-20s %d"):format(name, state.counts[name])) end
  say(("%-20s %d"):format("requests", state.requests))
  say(("%-20s %d"):format("websockets", state.sockets))
end)

command("help", "", "this", function(_, _, _, say)
  for _, each in ipairs(commands) do say(("  %-9s %-24s %s"):format(each.name, each.usage, each.help)) end
end)

command("quit", "", "the end", function() return "quit" end)

--- Do what a line says.
---@param context homey.sim.Context
---@param served homey.sim.Server
---@param line string
---@param say fun(text: string)
---@return boolean ok   false: what was said is what is wrong with the line
---@return boolean? over  that was the end
function prompt.obey(context, served, line, say)
  local word, rest = line:match("^%s*(%S+)%s*(.-)%s*$")
  if not word then return true end
  local found = commands[word]
  if not found then
    local names = {}
    for i, each in ipairs(commands) do names[i] = each.name end
    say(("there is no command '%s'%s"):format(word, suggest.hint(word, names)))
    return false
  end
  local ok, outcome = pcall(found.f, context, served, rest, say)
  if not ok then say(type(outcome) == "table" and outcome.message or tostring(outcome)) end
  return ok, ok and outcome == "quit"
end

return prompt
