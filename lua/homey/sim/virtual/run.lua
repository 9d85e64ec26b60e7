--- Runs a home in virtual time: all that is due until a moment, in order.
local fiber = require "homey.task.fiber"
local invalid = require "homey.util.invalid"
local lazy = require "homey.util.lazy"
local raise = require "homey.util.raise"
local try = require "homey.task.try"

local web = lazy "homey.sim.virtual.web"

local run = {}

local max_steps = 10000 -- at one moment; more are taken for an endless loop

--- Run everything that is due until a moment of the loop's clock.
---@param home homey.sim.VirtualHome
---@param moment number
function run.until_moment(home, moment)
  local loop, count = home.loop, 0
  home:resume()
  while true do
    home.scheduler:step()
    local due = loop:due()
    if not due or due > moment then break end
    count = due > loop:now() and 0 or count + 1
    if count > max_steps then
      invalid("events at %s do not end: an automation triggers itself again and again.",
        home:date())
    end
    loop:move_to(due)
  end
  loop:move_to(moment)
  if loop.unlisted then web.check(loop) end
end

--- Refuse a call of an automation: only the test moves the clock.
---@param what string
---@param instead string
function run.refuse_in_task(what, instead)
  local _, task = fiber.current()
  if task then
    invalid("home:%s is for a test and cannot be called by an automation. Use %s there.", what,
      instead)
  end
end

--- Call a function without running what is due.
---@param home homey.sim.VirtualHome
---@param meanwhile fun(home: homey.sim.VirtualHome)
function run.asleep(home, meanwhile)
  home.asleep = true
  local done, err = try(function()
    meanwhile(home)
    return true
  end)
  home.asleep = nil
  if not done then raise(err) end
end

return run
