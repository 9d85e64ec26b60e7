-- A plain program that listens, or has timers, and then just ends: nothing it has set up was ever called. It has most likely
-- forgotten homey.run(), and its author would wonder.

local last_will = require "homey.task.on_collect"
local log = require "homey.util.log"

--- Say so at the end of the program, if it comes to that.
---@param scheduler homey.Scheduler  one that lives as long as the program
return function(scheduler)
  scheduler.will = scheduler.will or last_will(function()
    if scheduler.kept == 0 or scheduler.attended then return end
    log("warning", ("the program ends before any of its triggers and timers, %d of them, could be called: homey.run() as its last line "
      .. "keeps it going."):format(scheduler.kept))
  end)
end
