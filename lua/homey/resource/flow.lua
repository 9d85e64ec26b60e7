-- Flows of the hub, standard or advanced: a script can start, enable and disable them.

local format = require "homey.util.format"
local invalid = require "homey.util.invalid"
local lazy = require "homey.util.lazy"
local new_error = require "homey.error"
local pipeline = require "homey.write.pipeline"
local raise = require "homey.util.raise"
local resource = require "homey.resource.resource"
local text = require "homey.util.text"
local answer_status = require "homey.util.answer_status"

local filter = lazy "homey.model.filter"
local flow_problems = lazy "homey.flow.problems"
local flow_start = lazy "homey.flow.start"
local option_tables = lazy "homey.model.options"
local options = lazy "homey.util.options"

---@class homey.Flow : homey.Resource
---@field folder? string       path of its folder: "Evening", "Evening/Late"
---@field advanced boolean     it is an advanced flow
---@field enabled boolean      it is enabled now
---@field triggerable boolean  a script may start it now
---@field broken boolean       a card, an app, a device or a token that it needs is missing
local methods = {}

local fields = { advanced = "kept" }

function fields.broken(self)
  return flow_problems.is_broken(self)
end

function fields.folder(self)
  if not self.record then self:refresh() end
  self.home.directory:need { "flowfolder" }
  local path = self.home.directory:path("flow", self.record)
  return #path > 0 and table.concat(path, "/") or nil
end

local function path_of(self)
  return ("/api/manager/flow/%s/%s")
    :format(self.record.advanced and "advancedflow" or "flow", text.escape(self.id))
end

-- The operation of a flow's kind: "triggerFlow", "triggerAdvancedFlow".
local function operation(self, verb)
  return verb .. (self.record.advanced and "AdvancedFlow" or "Flow")
end

local function need_startable(self)
  if not self.record or self.gone then self:refresh() end
  if self.record.triggerable then return end
  if self:current().triggerable then return end
  raise(new_error("invalid",
    ("the flow '%s' cannot be started from outside: its own trigger must be one that may be, such "
      .. "as "
    .. "'This flow is started'."):format(tostring(self))))
end

local refusals = { [400] = true, [404] = true }

-- Makes the error of a start that the hub refused more specific.
local function explain(self, err)
  if not refusals[answer_status(err)] then return err end
  local known = require("homey.task.try")(self.refresh, self)
  if self.gone then return self.home.directory:missing("flow", self.id) end
  if known and not self.record.enabled then
    return new_error(err.kind,
      ("the flow '%s' is disabled, and was not started: call flow:enable() first.")
        :format(tostring(self)),
      { status = err.status })
  end
  return new_error(err.kind, ("the flow '%s': %s"):format(tostring(self), err.message),
    { status = err.status })
end

--- Start the flow. One call never starts it twice: when the connection breaks, the error says that
--- the flow may have run. With values of its tokens, its cards are run as by the button "Test" of
--- the app, whatever its trigger. Raises: not_found, invalid, forbidden, request.
---@param tokens? table<string, number|string|boolean>
---@return homey.Flow self
function methods:start(tokens)
  if tokens ~= nil then
    flow_start(self, tokens)
    return self
  end
  need_startable(self)
  local home, args, body = self.home, { id = self.id }, nil
  if home:speaks(2) then args.state, body = {}, {} end -- v2 takes a state, v3 nothing
  pipeline.run {
    home = self.home, resource = self, words = ("start the flow '%s'"):format(tostring(self)),
    method = "POST",
    path = path_of(self) .. "/trigger", body = body, explain = explain,
    request = {
      operation = operation(self, "trigger"), manager = "homey:manager:flow", args = args,
    },
  }
  return self
end

local function set_enabled(self, enabled)
  if not self.record or self.gone then self:refresh() end
  local facts = { enabled = enabled }
  local named = self.record.advanced and "advancedflow" or "flow"
  pipeline.run {
    home = self.home, resource = self, facts = facts,
    words = ("%s the flow '%s'"):format(enabled and "enable" or "disable", tostring(self)),
    method = "PUT", path = path_of(self), body = facts,
    request = {
      operation = operation(self, "update"), manager = "homey:manager:flow",
      args = { id = self.id, [named] = facts },
    },
  }
  return self
end

--- Enable the flow: the hub runs it when its trigger happens.
--- Raises: invalid, not_found, forbidden, request.
---@param enabled? boolean  true by default; false disables it
---@return homey.Flow self
function methods:enable(enabled)
  if enabled == nil then enabled = true end
  if type(enabled) ~= "boolean" then
    invalid("flow:enable takes true or false, not %s.", format(enabled))
  end
  return set_enabled(self, enabled)
end

--- Disable the flow.
--- Raises: not_found, forbidden, request.
---@return homey.Flow self
function methods:disable()
  return set_enabled(self, false)
end

local Flow = resource.class("flow", methods, fields, "start/1 enable/1 disable/0")

-- ---- lists --------------------------------------------------------------------------------------

local function words(value)
  return type(value) == "table" and value or { value }
end

local tests = {}

function tests.name(flow, name)
  return text.seen(flow.record.name):find(filter.pattern(name)) ~= nil
end

function tests.folder(flow, folder)
  local path, wanted = text.seen(fields.folder(flow) or ""), text.seen(folder)
  return path == wanted or path:sub(1, #wanted + 1) == wanted .. "/"
    or path:sub(-#wanted - 1) == "/" .. wanted
end

function tests.broken(flow, wanted, broken)
  return (broken[flow.id] or false) == wanted
end

local function matches(flow, key, value, broken)
  if not tests[key] then return (flow.record[key] or false) == value end
  for _, each in ipairs(words(value)) do
    if tests[key](flow, each, broken) then return true end
  end
  return false
end

--- Read the flows of a home, and return those that match, sorted by folder and name.
---@param home homey.Home
---@param wanted? homey.FlowFilter
---@return homey.Flow[]
function Flow.all(home, wanted)
  wanted = options.read(option_tables.flows, wanted)
  local found, broken = {}, wanted.broken ~= nil and flow_problems.broken(home)
  for _, flow in ipairs(home.directory:all("flow", { "flowfolder", "flow" })) do
    local fits = true
    for key, value in pairs(wanted) do fits = fits and matches(flow, key, value, broken) end
    if fits then found[#found + 1] = flow end
  end
  return found
end

return Flow
