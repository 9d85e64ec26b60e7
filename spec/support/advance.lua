--- Advance the clock of a fake core loop, and run all that is due.
---@param home homey.Home
---@param seconds number
return function(home, seconds)
  local core_loop = home.scheduler.core_loop
  local till = core_loop.clock + seconds
  repeat
    local due = core_loop:timeout()
    core_loop:advance(math.min(due or math.huge, till - core_loop.clock))
    home:step()
  until core_loop.clock >= till and (core_loop:timeout() or 1) > 0
end
