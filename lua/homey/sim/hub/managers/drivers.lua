--- Drivers, as the devices name them, and pairing: sessions and what their views send.
local View = require "homey.sim.home.view"
local build = require "homey.sim.home.build"

---@type homey.sim.Handlers
local drivers = {}

-- The drivers of the home: one for each that a device names, and those of its own.
local function all(call)
  local by_id = {}
  for _, device in pairs(call.data.devices) do
    local id = device.driverId
    local owner, short = tostring(id):match "^(.*):([^:]*)$"
    if owner and not by_id[id] then
      by_id[id] = {
        id = id, ownerUri = owner, ownerId = short, ownerName = owner:match "[^:]*$",
        name = short, class = device.class,
      }
    end
  end
  for id, own in pairs(call:list "drivers") do by_id[id] = own end
  return by_id
end

drivers.getDrivers = function(call)
  local list = build.array()
  for _, driver in pairs(all(call)) do list[#list + 1] = driver end
  table.sort(list, function(a, b) return a.id < b.id end)
  return call:ok(View.list("drivers", list, call.version))
end

drivers.getDriver = function(call)
  local by_id, args = all(call), call.args
  local driver = by_id[args.id] or args.uri and by_id[args.uri .. ":" .. args.id]
  if not driver then return call:not_found("Driver", args.id) end
  return call:ok(View.item("drivers", driver, call.version))
end

-- ---- pairing ----

local function show(call, session)
  return call:ok(View.item("pairsessions", session, call.version))
end

drivers.createPairSession = function(call)
  local given = type(call.args.pairsession) == "table" and call.args.pairsession or {}
  local session = { id = call.context.state:uuid(), views = build.array() }
  for name, value in pairs(given) do session[name] = value end
  return show(call, call.model:create("pairsessions", session))
end

local function for_session(handle)
  return function(call)
    local session = call:list("pairsessions")[call.args.id]
    if not session then return call:not_found("PairSession", call.args.id) end
    return handle(call, session)
  end
end

drivers.getPairSession = for_session(show)

drivers.getPairSessions = function(call)
  return call:ok(View.list("pairsessions", call:list "pairsessions", call.version))
end

drivers.deletePairSession = for_session(function(call, session)
  call.model:delete("pairsessions", session.id)
  return call:ok()
end)

drivers.createPairSessionDevice = for_session(function(call, session)
  local given = type(call.args.device) == "table" and call.args.device or {}
  local rows = {}
  for i, id in ipairs(given.capabilities or {}) do rows[i] = { id } end
  local id = call.context.state:uuid()
  local driver = type(session.driverId) == "string" and session.driverId or "com.example.made:up"
  if type(session.driverUri) == "string" then driver = session.driverUri .. ":" .. driver end
  local device = build.device({
    id = id, name = given.name or "New device", zone = given.zone or next(call.data.zones),
    class = given.class or "other", driver = driver:gsub("^homey:app:", ""),
    capabilities = rows, changed = require("homey.sim.http.encoding").iso(call.model.now()),
    icon = "device",
  }, { data = given.data, settings = given.settings })
  call.model:create("devices", device)
  session.deviceId = id
  return call:raw(call.context.view:device(id, call.version))
end)

drivers.deletePairSessionDevice = for_session(function(call, session)
  if not call.data.devices[session.deviceId] then
    return call:not_found "Device of the pair session"
  end
  call.model:delete("devices", session.deviceId)
  session.deviceId = nil
  return call:ok()
end)

drivers.emitPairingEvent = for_session(function(call) return call:ok() end)
drivers.emitPairingCallback = drivers.emitPairingEvent
drivers.emitPairingHeartbeat = for_session(function(call) return call:ok(true) end)

return drivers
