-- Fuzzer for a hub's data: a home in virtual time whose hub sends invalid answers and events, while
-- a program with all kinds of handlers, waits and rules runs in it. No step may raise, no handler
-- may get a value of a wrong type or fail by the library's fault, and once the hub is sane again
-- the home equals it.
--
--   lua spec/fuzz/hub.lua [SECONDS [SEED]]     10 s from seed 1 on; a failure names its seed, and
--                                              SECONDS = 0 repeats it
--
-- Mutations are those of JavaScript: null and missing, other types, huge numbers, arrays for
-- objects, deep nesting.
local core = require "homey.core"
local homey = require "homey"
local sim = require "homey.sim"

local null = core.null

-- ---- chance, the same on every Lua ----

local state

local function chance(n)
  state = (state * 16807) % 2147483647
  return state % n + 1
end

local function pick(list) return #list > 0 and list[chance(#list)] or nil end

local function sorted(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  return keys
end

-- ---- invalid values ----

local function deep(depth)
  local value = 1
  for _ = 1, depth do value = { value } end
  return value
end

local odd = {
  function() return nil end, function() return null end, function() return true end, function()
    return false
  end,
  function() return 0 end, function() return -1 end, function() return 1.5 end, function()
    return 1e300
  end,
  function() return -1e300 end, function() return 9007199254740993 end, function() return 0 / 0 end,
  function()
    return 1 / 0
  end,
  function() return "" end, function() return "x" end, function() return "\27[2J\0\194\155" end,
  function()
    return "\0\226\128\174"
  end,
  function() return ("long "):rep(3000) end, function() return "__proto__" end, function()
    return "2026-99-99T99:99:99.999Z"
  end,
  function() return "9999-12-31T23:59:59.999Z" end, function() return {} end, function()
    return setmetatable({}, core.array)
  end,
  function() return { 1, null, "x" } end, function() return { id = "x", value = {}, name = {} } end,
  function()
    return deep(300)
  end,
  function() return { constructor = { name = "Object" }, length = 3 } end,
}

-- The same value as another type, as careless code converts it.
local function coerced(value)
  if type(value) == "number" then return tostring(value) end
  if type(value) == "boolean" then return value and 1 or "false" end
  if type(value) == "string" then return tonumber(value) or { en = value } end
  if type(value) ~= "table" then return "undefined" end
  if value[1] == nil then
    local list = {}
    for _, key in ipairs(sorted(value)) do list[#list + 1] = value[key] end
    return list
  end
  local object = {}
  for i, each in ipairs(value) do object[tostring(i - 1)] = each end
  return object
end

local function mutated(value)
  local how = chance(6)
  if how == 1 then return coerced(value) end
  if how == 2 then return { value = value } end
  if how == 3 and type(value) == "table" then return value[pick(sorted(value)) or 1] end
  return pick(odd)()
end

-- Puts an invalid value in a random place.
local function spoil(value)
  local node, parent, key = value, nil, nil
  while type(node) == "table" and next(node) ~= nil and (parent == nil or chance(4) > 1) do
    parent, key = node, pick(sorted(node))
    node = node[key]
  end
  if not parent then return mutated(value) end
  local new = mutated(node)
  if type(key) == "number" and new == nil then table.remove(parent, key) else parent[key] = new end
  if chance(8) == 1 then parent[pick { "id", "name", "zone", "value", "type" }] = pick(odd)() end
  return value
end

local function copy(value)
  if type(value) ~= "table" then return value end
  local new = setmetatable({}, getmetatable(value))
  for key, each in pairs(value) do new[key] = copy(each) end
  return new
end

-- ---- an invalid hub ----

local events = {
  "device.create", "device.update", "device.delete", "zone.create", "zone.update", "zone.delete",
  "flow.update", "variable.update",
  "variable.delete", "user.update", "flowfolder.delete", "advancedflow.create", "capability", "",
  ".", "homey:subscribed", "device.",
}

-- Results of loops become invalid with a probability; timers and logins stay as they are.
local function corrupt(home)
  local loop, client, requests, storm = home.loop, home.link, {}, { one_in = nil }
  local request, answer = client.request, loop.answer
  function client:request(...)
    local id, kind, message = request(self, ...)
    if id then requests[id] = true end
    return id, kind, message
  end
  local function uri_of(id)
    for uri, topic in pairs(client.topics) do
      if topic.id == id then return uri ~= "homey:connection" and uri or nil end
    end
  end
  function loop:answer(id, value, failure, name, ...)
    local is_answer, uri = requests[id], uri_of(id)
    requests[id] = nil
    if storm.one_in and (is_answer or uri) and failure == nil
      and chance(storm.one_in) == 1 then
      local spoilt = spoil(copy(value))
      if uri and chance(10) == 1 then name = spoilt else value = spoilt end
    end
    return answer(self, id, value, failure, name, ...)
  end
  -- An event that no hub sends, about an existing object.
  function storm.tell()
    local uris = sorted(client.topics)
    local uri = pick(uris)
    if uri == "homey:connection" then return end
    local id =
      pick(sorted(home.model.data[pick { "devices", "variables", "zones", "flows", "users" }]))
    local data = { id = id, capabilityId = pick { "onoff", "alarm_motion", "dim", "x" },
      value = pick(odd)(),
      transactionTime = pick(odd)(), transactionId = pick(odd)(), name = pick(odd)() }
    answer(loop, client.topics[uri].id, spoil(data), nil, pick(events))
  end
  return storm
end

-- ---- the program ----

local lua_types = { boolean = "boolean", number = "number", string = "string", enum = "string" }
local fatal ---@type string?

local function demand(ok, sentence, ...)
  if not ok and not fatal then fatal = sentence:format(...) .. "\n" .. debug.traceback() end
end

-- A handler that may raise only the library's own errors.
local function guarded(f)
  return function(...)
    local done, err = homey.try(function(...)
      f(...)
      return true
    end, ...)
    local is_error = type(err) == "table" and err.kind and type(err.message) == "string"
    if not done then demand(is_error, "a handler failed: %s", tostring(err)) end
  end
end

local function check_value(value, subject, event)
  demand(type(event) == "table" and type(event.at) == "number" and event.subject == subject,
    "an odd event")
  demand(type(tostring(subject)) == "string" and type(subject.id) == "string", "an odd subject")
  local known = event.capability and subject.record.capabilities[event.capability]
  local wanted = known and lua_types[known.type]
  for _, each in ipairs { value, event.old } do
    local kind = type(each)
    demand(kind == "boolean" or kind == "number" or kind == "string", "a value is a %s", kind)
    demand(kind ~= "number" or each - each == 0, "a value is %s", tostring(each))
  end
  demand(value == nil or not wanted or type(value) == wanted, "%s is a %s",
    tostring(event.capability), type(value))
end

local function check_facts(device)
  demand(type(device.name) == "string" and type(device.available) == "boolean", "odd facts")
  demand(device.zone == nil
    or type(device.zone.name) == "string" and type(device.zone.path) == "string", "an odd zone")
  for id, known in pairs(device.capabilities) do
    demand(type(id) == "string" and known.id == id and type(known.settable) == "boolean",
      "an odd capability")
    local wanted = lua_types[known.type]
    demand(known.value == nil or not wanted or type(known.value) == wanted, "%s is a %s", id,
      type(known.value))
    for _, name in ipairs { "min", "max", "step", "decimals" } do
      demand(known[name] == nil or type(known[name]) == "number" and known[name] - known[name] == 0,
        "an odd %s", name)
    end
  end
end

local function start_handlers(home, heard)
  for _, options in ipairs { {}, { to = true }, { to = false, held = "5 s" }, { debounce = "1 s" },
    { to = true, mode = "restart" } } do
    home:device("Hall/Motion"):on("alarm_motion", options, guarded(function(value, device, event)
      check_value(value, device, event)
      if next(options) == nil then heard.motion = (heard.motion or 0) + 1 end
      home:device("Hall/Lamp")
        :set("onoff", value == true, { revert_after = "20 s", within = "10 s" })
    end))
  end
  home:device("Hall/Motion")
    :on("measure_temperature", { above = 20, hysteresis = 1 }, guarded(check_value))
  home:devices { class = "light" }:on("onoff", guarded(check_value))
  home:devices { zone = "Hall" }:on("onoff", guarded(function(value, device, event)
    check_value(value, device, event)
    heard.hall = (heard.hall or 0) + 1
  end))
  home:on("device.capability", guarded(check_value))
  for _, verb in ipairs { "create", "update", "delete" } do
    home:on("device." .. verb, guarded(function(device) check_facts(device) end))
    for _, kind in ipairs { "zone", "flow", "variable", "user" } do
      home:on(kind .. "." .. verb, guarded(function(subject)
        demand(type(subject.name) == "string", "an odd name")
      end))
    end
  end
  home:variable("Guests"):on(guarded(function(value, subject, event)
    check_value(value, subject, event)
    heard.guests = value
  end))
  home:user("Vera"):on("present", guarded(check_value))
  home:flow("Good night"):on("enabled", guarded(check_value))
  for _, rule in ipairs { "sunset - 30 min", "12:01, 12:03", "*/2 * * * *" } do
    home:at(rule, { missed = "run" }, guarded(function() home:device("Hall/Lamp"):toggle() end))
  end
  home:every("7 s", guarded(function() home:device("Kitchen/Lamp"):get "dim" end))
  home:guard { class = "lock", quiet = "22:00 - 07:00" }
end

-- The program's occasional calls.
local questions = {
  function(home)
    for _, device in ipairs(home:devices()) do check_facts(device) end
  end,
  function(home)
    for _, zone in ipairs(home:zones()) do
      demand(type(zone.path .. zone.name) == "string" and #zone.children >= 0, "an odd zone")
    end
  end,
  function(home)
    for _, flow in ipairs(home:flows { enabled = true }) do
      demand(type(tostring(flow)) == "string", "an odd flow")
    end
  end,
  function(home)
    for _, each in ipairs(home:variables()) do
      demand(type(each.name) == "string", "an odd variable")
    end
  end,
  function(home)
    for _, each in ipairs(home:users()) do demand(type(each.name) == "string", "an odd user") end
  end,
  function(home) home:device("Hall/Lamp"):toggle() end, function(home)
    home:device("Kitchen/Lamp"):set("dim", chance(100) / 100)
  end,
  function(home) home:devices { class = "light" }:get "onoff" end, function(home)
    home:devices { zone = "Hall" }:set("onoff", true)
  end,
  function(home) home:variable("Guests"):set(chance(9)) end, function(home)
    home:flow("Good night"):start()
  end,
  function(home) home:device("Hall/Motion"):refresh() end, function(home)
    home:device("Garden/Weather"):get "measure_pressure"
  end,
  function(home) home:is "daytime" end, function(home) home:why("Hall/Lamp", "onoff") end,
  function(home)
    home:device "Nothing"
  end,
  function(home) home.homey.wait(home:device "Hall/Front door", "alarm_contact", true, "20 s") end,
  function(home)
    home.homey.wait {
      any = { { home:device "Kitchen/Lamp", "onoff" }, { home:variable "Guests", 3 } },
      timeout = "10 s",
    }
  end,
  function(home)
    home.homey.wait(home:device "Hall/Motion", "measure_temperature", { above = 20, held = "3 s" },
      "15 s")
  end,
  function(home)
    home:device("Living room/Thermostat"):set { thermostat_mode = "heat", target_temperature = 20 }
  end,
}

local function ask(home)
  home.homey.spawn(guarded(pick(questions)), home)
end

-- The home's own changes.
local function live(home)
  local what = chance(9)
  if what == 1 then home:operate("Hall/Motion", "alarm_motion", chance(2) == 1) end
  if what == 2 then home:operate("Hall/Motion", "measure_temperature", 15 + chance(10)) end
  if what == 3 then home:operate("Hall/Lamp", "onoff", chance(2) == 1) end
  if what == 4 then home:change("variable", "Guests", { value = chance(9) }) end
  if what == 5 then home:drop(chance(20)) end
  if what == 7 then home:restart(chance(30)) end
  if what == 8 then home:suspend(chance(4000)) end
  if what == 9 then home:set_time(home.loop:time() + chance(4000) - 2000) end
  if what == 6 then home:operate("Hall/Front door", "alarm_contact", chance(2) == 1) end
end

-- ---- the end: the hub is sane again ----

local function same_devices(home)
  local listed, count = home:devices(), 0
  for _ in pairs(home.model.data.devices) do count = count + 1 end
  demand(#listed == count, "%d devices are listed, the hub has %d", #listed, count)
  for _, device in ipairs(listed) do
    local raw = home.model.data.devices[device.id]
    demand(raw and device.name == raw.name, "%s is known by a wrong name", tostring(device))
    for id, each in pairs(raw and raw.capabilitiesObj or {}) do
      local value = each.value
      if value == null then value = nil end
      demand(device.capabilities[id] and device.capabilities[id].value == value,
        "%s: %s is not as at the hub", tostring(device), id)
    end
  end
end

local function is_well(home, heard)
  home:drop(1)
  home:advance "10 min"
  same_devices(home)
  -- After the clock was set back, a report within 10 s before the last one counts as outdated.
  for _, value in ipairs { true, false } do
    home:operate("Hall/Motion", "alarm_motion", value)
    home:operate("Hall/Lamp", "onoff", value)
    home:advance "20 s"
  end
  heard.motion, heard.hall, heard.guests = 0, 0, nil
  local motion = home.model:device("Hall/Motion") or home:device "Hall/Motion".id
  for _, value in ipairs { true, false, true } do
    home:operate("Hall/Motion", "alarm_motion", value)
    home:advance "2 s"
  end
  demand(motion and heard.motion == 3, "the trigger was called %d times in place of 3",
    heard.motion)
  home:advance "2 min"
  home:operate("Hall/Lamp", "onoff", true)
  home:operate("Hall/Lamp", "onoff", false)
  demand(heard.hall >= 2, "the selection heard %d reports in place of 2", heard.hall)
  home:change("variable", "Guests", { value = 77 })
  home:advance "1 s"
  demand(heard.guests == 77, "the variable was not heard")
end

local function check_log(home)
  for _, entry in ipairs(home.logged) do
    demand(not entry.text:find "lua/homey/[%w_/]+%.lua:%d+: [^\n]*attempt to", "the log: %s",
      entry.text)
    demand(not entry.text:find "[%z\1-\8\11-\31\127]", "the log holds control characters: %q",
      entry.text)
  end
  demand(#home.logged < 400, "%d lines in the log", #home.logged)
end

local function run(seed)
  state, fatal = seed % 2147483646 + 1, nil
  local home = sim.home(nil, {
    quiet = true, seed = seed, latency = 0.02, time = "2026-06-21 12:00",
    api_version = 1 + chance(2),
  })
  local heard = {}
  local ok, err = xpcall(function()
    local storm = corrupt(home)
    if chance(3) == 1 then storm.one_in = 30 end -- from the start, a little
    local done = homey.try(function()
      start_handlers(home, heard)
      return true
    end)
    if not done then
      storm.one_in = nil
      for handle in pairs(home.handles) do handle:cancel() end
      home:advance "3 min"
      start_handlers(home, heard)
    end
    home:advance "1 s"
    for _ = 1, 30 do
      storm.one_in = pick { 1, 2, 3, 5, 20 }
      for _ = 1, chance(4) do
        if chance(2) == 1 then storm.tell() else ask(home) end
      end
      live(home)
      home:advance(chance(8))
      if fatal then return end
    end
    storm.one_in = nil
    is_well(home, heard)
    check_log(home)
  end, function(raised)
    local text = tostring(raised)
    if type(raised) == "table" and raised.kind then text = raised.kind .. ": " .. text end
    return text .. "\n" .. debug.traceback()
  end)
  local closed, trouble = pcall(home.close, home)
  return ok and closed and not fatal, fatal or err or trouble
end

local seconds, first = tonumber(arg[1] or 10), tonumber(arg[2] or 1)
local began, runs = os.time(), 0
repeat
  local ok, trouble = run(first + runs)
  if not ok then
    local interpreter = jit and "LuaJIT" or _VERSION -- luacheck: globals jit
    io.stderr:write(("FAIL hub: seed %d on %s: %s\n"):format(first + runs, interpreter, trouble))
    os.exit(1)
  end
  runs = runs + 1
until os.time() - began >= seconds
print(("%d runs"):format(runs))
