-- Own events: homey.emit("my.event", data) calls the handlers of homey.on("my.event", f) in all
-- scripts of the program.
--
-- Invariant: emit returns before any handler is called, so handlers that emit events do not nest. A
-- long chain of handlers that emit without waiting is stopped by an error.

local Listeners = require "homey.realtime.listeners"
local fiber = require "homey.task.fiber"
local format = require "homey.util.format"
local invalid = require "homey.util.invalid"

local longest_chain = 100 -- events, each emitted at once by the handler of the one before
local pause = 0.05        -- seconds: a handler that emits later has waited for something
local most_waiting = 10000 -- events that are emitted before the first is handled

local own_events = {}

--- Report whether a name is that of an own event: it begins with "my.".
---@param name any
---@return boolean
function own_events.is_own(name)
  return type(name) == "string" and name:find "^my%." ~= nil
end

local function check(name, what)
  if own_events.is_own(name) then
    if name:find "^my%.[%w_%-][%w_%.%-]*$" then return end
    invalid("%s: the name of an own event is 'my.' and letters, digits, '.', '_' or '-', not %s.",
      what, format(name))
  end
  if type(name) == "string" and name:find "^[%w_][%w_%.%-]*$" then
    invalid("%s: own events begin with 'my.': did you mean 'my.%s'?", what, name)
  end
  invalid("%s takes the name of an own event such as 'my.doorbell', not %s.", what, format(name))
end

local function queue_of(scheduler)
  scheduler.own_events = scheduler.own_events or { listeners = Listeners.new(), waiting = {} }
  return scheduler.own_events
end

-- Calls the listeners of all events that wait. Events that they emit wait for the next turn.
local function deliver(queue)
  local waiting = queue.waiting
  queue.waiting = {}
  for _, event in ipairs(waiting) do
    queue.listeners:notify(event.name, event, event.data)
  end
end

local function cause_of_caller()
  local _, task = fiber.current()
  return task and task:get_cause()
end

-- Returns the length of the chain of events, emitted without a pause, that led to this cause.
local function chain_after(cause, now)
  local is_at_once = cause and cause.chain and math.abs(now - cause.at) < pause
  return is_at_once and cause.chain + 1 or 0
end

--- Emit an own event.
--- Raises: invalid.
---@param scheduler homey.Scheduler
---@param name string  begins with "my."
---@param data? any  handed to the handlers as it is
function own_events.emit(scheduler, name, data)
  check(name, "homey.emit")
  local queue, cause = queue_of(scheduler), cause_of_caller()
  local now = scheduler.core_loop:time()
  local chain = chain_after(cause, now)
  if chain > longest_chain then
    invalid("%s is emitted by a handler of itself, %d times in a row. Call homey.sleep in between.",
      name, longest_chain)
  end
  if #queue.waiting >= most_waiting then
    invalid("%d own events wait to be handled. Call homey.sleep between calls of homey.emit.",
      most_waiting)
  end
  queue.waiting[#queue.waiting + 1] = {
    name = name, at = now, data = data, cause = cause, chain = chain,
  }
  if #queue.waiting == 1 then
    scheduler:later(0, function() deliver(queue) end)
  end
end

--- Call fire(event, data) for each own event of a name.
--- Raises: invalid.
---@param scheduler homey.Scheduler
---@param name string
---@param fire fun(event: table, data: any)
---@return fun() stop
function own_events.listen(scheduler, name, fire)
  check(name, "homey.on")
  return queue_of(scheduler).listeners:join(name, fire)
end

return own_events
