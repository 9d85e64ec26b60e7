-- homey.poll: waits until a file or socket of another library is ready.

local descriptor = require "homey.net.descriptor"
local duration = require "homey.util.duration"
local invalid = require "homey.util.invalid"
local new_error = require "homey.error"
local raise = require "homey.util.raise"
local show = require "homey.util.format"

local numbers = { r = 1, w = 2, rw = 3 } -- as in homey.h

local function refuse(fd, kind, message)
  if message then raise(new_error(kind, message)) end
  if kind == "unavailable" then
    raise(new_error(kind, "homey.poll: this program has no free descriptor. Close some."))
  end
  invalid("homey.poll: the descriptor %d is not open.", fd)
end

--- Wait until a file or socket is ready.
---@param scheduler homey.Scheduler
---@param file any
---@param events? "r"|"w"|"rw"
---@param timeout? number|string
---@return "r"|"w"|"rw"|false
return function(scheduler, file, events, timeout)
  local number = numbers[events or "r"]
    or invalid("homey.poll waits for \"r\", \"w\" or \"rw\", not for %s.", show(events))
  local seconds = timeout ~= nil and duration.seconds(timeout, "the timeout of homey.poll") or nil
  local fd = descriptor.of(file, "homey.poll")
  if number ~= numbers.w and descriptor.holds_data(file) then return "r" end
  local id, kind, message = scheduler.core_loop:poll(fd, number, seconds)
  if not id then refuse(fd, kind, message) end
  scheduler.was_driven = true
  local ready = scheduler:await(id)
  return ready ~= true and ready -- true: the time is over
end
