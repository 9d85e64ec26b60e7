-- Lint: searches a home for problems. It changes nothing.

local findings = require "homey.cli.lint.findings"
local kinds = require "homey.cli.tree.kinds"
local match = require "homey.cli.tree.match"
local number_text = require "homey.util.number_text"
local references = require "homey.cli.tree.references"
local snapshot = require "homey.cli.tree.snapshot"
local text = require "homey.util.text"

---@class homey.cli.Lint
---@field home homey.Home
---@field all homey.cli.Snapshot
---@field battery number  percent below which a battery is weak
---@field list homey.cli.Finding[]

local function add(self, ...) self.list[#self.list + 1] = findings.new(...) end

-- Full names, such as Zone/Name, in the form that commands accept.
local function name_of(self, row, item)
  local names = match.names(row, item, function(kind, id) return self.all[kind].by_id[id] end)
  return #names > 0 and table.concat(names, "/") or item.name
end

local function thing_of(self, row, item)
  return { kind = row.name, name = name_of(self, row, item), id = item.id }
end

local checks = {}

-- ---- flows and moods ----------------------------------------------------------------------------

local function context_of(self)
  local users
  return {
    home = self.home,
    exists = function(kind, id) return self.all[kind].by_id[id] ~= nil end,
    known = function() return nil end,
    users = function()
      if users then return users end
      users = {}
      for _, user in ipairs(self.home:users()) do users[user.id] = user end
      return users
    end,
  }
end

-- Hubs of version 2 report broken flows themselves.
local function told_broken(self)
  local broken = {}
  for _, flow in ipairs(self.home:flows()) do broken[flow.id] = flow.record.broken == true end
  return broken
end

local function problem_of(missing)
  local problem = "missing_" .. (missing == "flow_folder" and "folder" or missing)
  return findings.knows(problem) and problem or "broken"
end

function checks.flows(self)
  local context, broken = context_of(self), told_broken(self)
  for _, row in ipairs { kinds.flow, kinds.advanced_flow } do
    for _, item in ipairs(self.all[row.name]) do
      local thing, missing = thing_of(self, row, item), references.missing(context, row, item)
      local severity = item.enabled == false and "warning" or nil -- it does not run anyway
      for _, each in ipairs(missing) do
        add(self, problem_of(each.missing), thing, each.message, severity)
      end
      if #missing == 0 and broken[item.id] then
        add(self, "broken", thing, "the hub says that it is broken.", severity)
      end
    end
  end
end

function checks.moods(self)
  for _, item in ipairs(self.all.mood) do
    local gone = 0
    for id in pairs(item.devices or {}) do
      if not self.all.device.by_id[id] then gone = gone + 1 end
    end
    if gone > 0 then
      add(self, "mood_device", thing_of(self, kinds.mood, item),
        ("%d of its devices %s gone."):format(gone, gone == 1 and "is" or "are"))
    end
  end
end

-- ---- devices ------------------------------------------------------------------------------------

local function sentence(message, otherwise)
  return message and message:find "%S" and text.sentence(text.visible(message)) or otherwise
end

local function check_battery(self, device, thing)
  local known = device.capabilities
  local level = known.measure_battery and known.measure_battery.value
  if type(level) == "number" and level < self.battery then
    local shown = number_text.format("%.0f", level)
    return add(self, "weak_battery", thing, ("the battery is at %s %%."):format(shown))
  end
  if known.alarm_battery and known.alarm_battery.value == true then
    add(self, "weak_battery", thing, "it reports a weak battery.")
  end
end

function checks.devices(self)
  for _, device in ipairs(self.home:devices()) do
    local thing = { kind = "device", id = device.id, name = tostring(device) }
    if not device.available then
      add(self, "unreachable", thing, sentence(device.unavailable_message, "it is out of reach."))
    else
      check_battery(self, device, thing)
    end
    if device.warning_message then
      add(self, "device_warning", thing, sentence(device.warning_message, "it has a warning."))
    end
  end
end

-- ---- names --------------------------------------------------------------------------------------

-- A flow and an advanced flow are found by the same names.
local shared = { advanced_flow = "flow" }

function checks.names(self)
  local found, order = {}, {}
  for _, row in ipairs(kinds) do
    for _, item in ipairs(self.all[row.name]) do
      local thing = thing_of(self, row, item)
      local key = (shared[row.name] or row.name) .. "\0" .. text.seen(thing.name)
      if not found[key] then
        found[key] = {}
        order[#order + 1] = key
      end
      table.insert(found[key], thing)
    end
  end
  for _, key in ipairs(order) do
    if #found[key] > 1 then
      local ids = {}
      for i, thing in ipairs(found[key]) do ids[i] = thing.id end
      add(self, "duplicate_name", found[key][1], ("%d have this name: %s."):format(#ids,
        table.concat(ids, ", ")))
    end
  end
end

-- ---- apps, zones --------------------------------------------------------------------------------

function checks.apps(self)
  for _, app in ipairs(self.home:apps()) do
    local thing = { kind = "app", id = app.id, name = tostring(app) }
    if app.crashed then
      add(self, "app_crashed", thing, sentence(app.crash_message, "it has crashed."))
    elseif not app.enabled then
      add(self, "app_disabled", thing, "it is disabled.")
    end
  end
end

function checks.zones(self)
  local used = {}
  for _, name in ipairs { "zone", "device", "mood" } do
    for _, item in ipairs(self.all[name]) do
      local above = item[kinds[name].above]
      if above then used[above] = true end
    end
  end
  for _, item in ipairs(self.all.zone) do
    if item.parent and not used[item.id] then
      add(self, "empty_zone", thing_of(self, kinds.zone, item), "nothing is in it.")
    end
  end
end

--- Search a home for problems.
---@param home homey.Home
---@param battery number  percent below which a battery is weak
---@return homey.cli.Finding[] sorted
---@return homey.cli.Snapshot all
return function(home, battery)
  local self = { home = home, all = snapshot.read(home), battery = battery, list = {} }
  for _, name in ipairs { "flows", "moods", "devices", "names", "apps", "zones" } do
    checks[name](self)
  end
  findings.sort(self.list)
  return self.list, self.all
end
