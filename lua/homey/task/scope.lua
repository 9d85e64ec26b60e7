-- Scope: the triggers, timers and tasks of one script, which end together. They belong to the scope
-- of the code that makes them. Closing a scope cancels its members.

local Task = require "homey.task.task"
local fiber = require "homey.task.fiber"
local invalid = require "homey.util.invalid"
local log = require "homey.util.log"

---@class homey.Scope
---@field name? string
---@field scheduler homey.Scheduler
---@field closed boolean
---@field on_error? fun(err: any)  called with the errors of its handlers
---@field borrowed? homey.Home  a home that it shares with other scripts and must not close
---@field leave? fun()          ends the script when it closes that home
local Scope = { __name = "homey.Scope" }
Scope.__index = Scope

--- Make a scope.
---@param options? {name?: string, log?: fun(level: string, text: string), scheduler?: table}
---@return homey.Scope
function Scope.new(options)
  options = options or {}
  return setmetatable({
    name = options.name, sink = options.log,
    scheduler = options.scheduler or require("homey.task.scheduler").shared(),
    members = {}, order = 0, closed = false,
  }, Scope)
end

function Scope:__tostring()
  return "homey.Scope: " .. (self.name or "unnamed")
end

local roots = setmetatable({}, { __mode = "k" }) -- scheduler -> the scope of the main program

--- The scope of the running code.
---@param scheduler homey.Scheduler
---@return homey.Scope
function Scope.current(scheduler)
  local _, task = fiber.current()
  if task and task.scope and task.scheduler == scheduler then return task.scope end
  roots[scheduler] = roots[scheduler] or Scope.new { scheduler = scheduler }
  return roots[scheduler]
end

--- Log under the scope's name.
---@param level string
---@param text string
function Scope:log(level, text)
  text = log.text(text)
  if self.sink then return self.sink(level, text) end
  log(level, text, self.name)
end

--- Make a function that logs under the scope's name. It keeps no reference to the scope.
---@return fun(level: string, text: string)
function Scope:logger()
  return self.sink or log.under(self.name)
end

--- Add a member, to be cancelled when the scope is closed.
---@param member {cancel: fun(self)}
function Scope:add(member)
  if self.closed then invalid("this script has ended, and can start nothing any more.") end
  self.order = self.order + 1
  self.members[member] = self.order
end

--- Remove a member.
---@param member table
function Scope:remove(member)
  self.members[member] = nil
end

--- The number of triggers, timers and tasks.
---@return integer
function Scope:count()
  local n, members = 0, {}
  for member in pairs(self.members) do members[member] = 0 end
  Task.add_calls(self, members)
  for _ in pairs(members) do n = n + 1 end
  return n
end

--- Run f as a task of this scope.
---@param f function
---@param ... any
---@return homey.Task
function Scope:run(f, ...)
  return Task.start(self.scheduler, { scope = self, logged = true }, f, ...)
end

-- The members in the order in which they were added, so that they end in the same order in every
-- run.
local function in_order(members)
  local list = {}
  for member in pairs(members) do list[#list + 1] = member end
  table.sort(list, function(a, b) return members[a] < members[b] end)
  return list
end

--- Cancel all members. Nothing can be started in the scope any more.
function Scope:close()
  self.closed = true
  local members = self.members
  self.members = {}
  Task.add_calls(self, members)
  for _, member in ipairs(in_order(members)) do member:cancel() end
  self.scheduler:flush()
end

return Scope
