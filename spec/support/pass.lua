--- Let so much time go by on a fake seam, with all that happens in it.
---@param home homey.Home
---@param seconds number
return function(home, seconds)
  local seam = home.reactor.seam
  local till = seam.clock + seconds
  repeat
    local due = seam:timeout()
    if due and seam.clock + due > till or not due then seam:advance(till - seam.clock) else seam:advance(due) end
    home:step()
  until seam.clock >= till and (seam:timeout() or 1) > 0
end
