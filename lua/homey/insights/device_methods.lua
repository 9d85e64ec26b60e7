-- device:insights: reads what the hub has recorded of a capability.

local Insights = require "homey.insights.insights"
local call = require "homey.manage.call"
local core = require "homey.core"
local capability = require "homey.model.capability"
local home_location = require "homey.model.home_location"
local invalid = require "homey.util.invalid"
local invalid_data = require "homey.model.invalid_data"
local new_error = require "homey.error"
local option_tables = require "homey.insights.options"
local options = require "homey.util.options"
local raise = require "homey.util.raise"
local suggest = require "homey.util.suggest"
local timestamp = require "homey.time.timestamp"
local try = require "homey.task.try"

local answer_status = require "homey.util.answer_status"

---@class homey.Device
local methods = {}

local hour, day = 3600, 86400

-- The resolutions that end now, and how far back they reach at least. The finest is first.
local spans = {
  { "lastHour", hour }, { "last6Hours", 6 * hour }, { "last24Hours", day },
  { "last3Days", 3 * day }, { "last7Days", 7 * day }, { "last14Days", 14 * day },
  { "last31Days", 31 * day }, { "last3Months", 89 * day }, { "last6Months", 181 * day },
  { "last2Years", 730 * day },
}

-- ---- which log ----------------------------------------------------------------------------------

-- The arguments of an operation on a log. Version 2 names it within its device, later versions by
-- its whole id.
local function log_of(device, id)
  local uri = "homey:device:" .. device.id
  return { uri = uri, id = device.home:speaks(2) and id or uri .. ":" .. id }
end

-- The names of the logs of a device: most are capabilities.
local function logs_of(device)
  local found, uri = {}, "homey:device:" .. device.id
  local logs = call.read(device.home, "insights", "getLogs", {})
  for _, log in pairs(type(logs) == "table" and logs or {}) do
    if type(log) == "table" and (log.uri or log.ownerUri) == uri and type(log.id) == "string" then
      found[log.id:match "[^:]+$" or log.id] = true
    end
  end
  return suggest.keys(found)
end

local function missing(device, id)
  local names, err = try(logs_of, device)
  if err then return err end
  local rest = #names == 0 and " and none of anything else of this device."
    or suggest.hint(id, names)
  return device:error("not_found", ("the hub records no values of '%s'%s"):format(id, rest))
end

-- ---- which span ---------------------------------------------------------------------------------

-- The moments that the caller asks for; nil where it names only a resolution.
local function range_of(given, place, now)
  if given.last and (given.from or given.to) then
    invalid("device:insights takes either `last`, or `from` and `to`.")
  end
  if given.to and not given.from then invalid("device:insights: `to` goes with `from`.") end
  if given.resolution and not (given.last or given.from) then return nil end
  local to = given.to and given.to(place) or now
  local from = given.from and given.from(place) or now - (given.last or day)
  if from >= to then invalid("device:insights: `from` must be before `to`, and before now.") end
  return from, to
end

-- The resolutions to try, the finest first.
local function resolutions_for(given, from, now)
  if given.resolution then return { given.resolution } end
  local names = {}
  for _, span in ipairs(spans) do
    if now - from <= span[2] then names[#names + 1] = span[1] end
  end
  if #names == 0 then
    invalid("device:insights: a hub keeps values for two years. Ask for less.")
  end
  return names
end

-- ---- the answer ---------------------------------------------------------------------------------

local function seconds(value)
  local ms = timestamp.ms(value)
  return ms and ms / 1000
end

local function check_value(value, report)
  local kind = type(value)
  if value == nil or value == core.null then return nil end
  if kind == "boolean" or kind == "number" and value == value then return value end
  report("insights", "v", value)
end

local function by_time(a, b) return a.at < b.at end

local function points_of(values, from, to, report)
  local points = {}
  for _, each in ipairs(type(values) == "table" and values or {}) do
    local at = type(each) == "table" and seconds(each.t)
    if not at then
      report("insights", "t", type(each) == "table" and each.t or each)
    elseif at >= from and at <= to then
      points[#points + 1] = { at = at, value = check_value(each.v, report) }
    end
  end
  table.sort(points, by_time)
  return points
end

-- Seconds between two points: whole ones as an integer, so that they print alike on every Lua.
local function step_of(reply)
  local step = type(reply.step) == "number" and reply.step / 1000 or nil
  return step and step == math.floor(step) and math.floor(step) or step
end

-- Reads by the finest resolution that reaches back far enough.
local function read(device, id, names, from)
  local args = log_of(device, id)
  for i, name in ipairs(names) do
    args.resolution = name
    local reply, err = try(call.read, device.home, "insights", "getLogEntries", args)
    if answer_status(err) == 404 then err = missing(device, id) end
    if err then raise(err) end
    if type(reply) ~= "table" then
      raise(new_error("protocol", "the hub answered no insights, but something else."))
    end
    local first, step = seconds(reply.start), (step_of(reply) or 0)
    if i == #names or not from or not first or first <= from + step then return reply, name end
  end
end

--- The values of a capability that the hub has recorded: { last = "24 h" }, or from and to. The
--- hub's resolution gets coarser the further it reaches back: `step` and `resolution` of the result
--- tell it.
--- Raises: invalid, not_found, forbidden, request.
---@param id string  a capability, or another log of the device
---@param given? homey.InsightsOptions
---@return homey.Insights
function methods:insights(id, given)
  capability.check_id(id)
  given = options.read(option_tables.insights, given)
  local home = self.home
  local place, now = home_location.of(home), home.scheduler.core_loop:time()
  local from, to = range_of(given, place, now)
  local reply, name = read(self, id, resolutions_for(given, from, now), from)
  local known = self:known(id)
  return Insights.new(
    points_of(reply.values, from or -math.huge, given.to and to or math.huge,
      invalid_data.of(home)), {
      what = ("%s: %s"):format(tostring(self), id), resolution = name,
      step = step_of(reply), units = known and known.units,
      from = from or seconds(reply.start), to = to or seconds(reply["end"]),
    }, place)
end

return { methods = methods, fields = {} }
