--- Let so much time go by on a fake core_loop, with all that happens in it.
---@param home homey.Home
---@param seconds number
return function(home, seconds)
  local core_loop = home.scheduler.core_loop
  local till = core_loop.clock + seconds
  repeat
    local due = core_loop:timeout()
    if due and core_loop.clock + due > till or not due then core_loop:advance(till - core_loop.clock) else core_loop:advance(due) end
    home:step()
  until core_loop.clock >= till and (core_loop:timeout() or 1) > 0
end
