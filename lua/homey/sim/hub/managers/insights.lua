--- Insights: logs and their entries.
local View = require "homey.sim.home.view"
local build = require "homey.sim.home.build"
local core = require "homey.core"
local encoding = require "homey.sim.http.encoding"
local logs = require "homey.sim.home.logs"
local resolutions = require "homey.sim.home.resolutions"

local null = core.null

---@type homey.sim.Handlers
local insights = {}

insights.getLogs = function(call)
  return call:ok(View.list("logs", logs.sorted(logs.all(call.data)), call.version))
end

-- The log that the arguments name, by its whole id or by uri and short id.
local function find(call)
  local all, uri, id = logs.all(call.data), call.args.uri, call.args.id
  return all[id] or uri and all[uri .. ":" .. id]
end

local function show(call, found) return call:ok(View.item("logs", found.log, call.version)) end

local function for_log(handle)
  return function(call)
    local found = find(call)
    if not found then return call:not_found("Log", call.args.id) end
    return handle(call, found)
  end
end

insights.getLog = for_log(show)

local function change(call, id, changes)
  call.data.changed_logs = call.data.changed_logs or {}
  call.data.changed_logs[id] = changes
end

local function publish(call, event, log)
  call.model:publish("homey:manager:insights", event, log)
end

insights.updateLog = for_log(function(call, found)
  local changes = { id = found.log.id }
  for name, value in pairs(type(call.args.log) == "table" and call.args.log or {}) do
    if name ~= "id" then changes[name] = value end
  end
  change(call, found.log.id, changes)
  found = find(call)
  publish(call, "log.update", View.item("logs", found.log, call.version))
  return show(call, found)
end)

local function delete(call, id)
  change(call, id, false)
  publish(call, "log.delete", { id = id })
end

insights.deleteLog = for_log(function(call, found)
  delete(call, found.log.id)
  return call:ok()
end)

insights.deleteLogs = function(call)
  for _, log in ipairs(logs.sorted(logs.all(call.data))) do delete(call, log.id) end
  return call:ok()
end

insights.deleteLogEntries = for_log(function(call, found)
  call.context.history:forget(found.device, found.capability)
  return call:ok()
end)

-- ---- entries ----

local function values_of(call, found, from, to, step)
  local values, now = build.array(), call.context.state.now()
  for at = from, to - 1, step do
    if at > now then break end
    local value
    if found.device then value = call.context.history:value(found.device, found.capability, at) end
    if value == nil then value = null end
    values[#values + 1] = { t = encoding.iso(at), v = value }
  end
  return values
end

local function computed(call, found, name)
  local now = call.context.state.now()
  local from, to, step = resolutions.span(name, now, call.context:location())
  if not from then return nil end
  return {
    start = encoding.iso(from), ["end"] = encoding.iso(to), step = step * 1000,
    values = values_of(call, found, from, to, step),
    updatesIn = math.floor((step - now % step) * 1000),
  }
end

-- Entries that the home's data has for a log.
local function given_entries(call, found, name)
  local given = call.data.insights_entries
  local of_log = given and given[found.log.id]
  return of_log and of_log[name]
end

insights.getLogEntries = for_log(function(call, found)
  local name = call.args.resolution or "last24Hours"
  local entries = given_entries(call, found, name) or computed(call, found, name)
  if not entries then return call:refuse(400, "Invalid Resolution: " .. name) end
  local reply = { uri = call.args.uri, id = call.args.id, lastValue = found.log.lastValue }
  for member, value in pairs(entries) do reply[member] = value end
  return call:ok(reply)
end)

insights.getStorageInfo = function(call)
  local count = 0
  for _ in pairs(logs.all(call.data)) do count = count + 1 end
  return call:ok { logs = count, entries = count * 1000, size = count * 65536 }
end

return insights
