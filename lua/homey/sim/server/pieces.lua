--- Pieces: the plan that writes bytes slowly, with a pause after each few.

--- A list of homey.sim.Step.
---@param bytes string
---@param fault {bytes: integer?, seconds: number?}  1 byte every 0.001 s by default
---@return homey.sim.Step[]
return function(bytes, fault)
  local size, plan = fault.bytes or 1, {}
  for at = 1, #bytes, size do
    plan[#plan + 1] = { write = bytes:sub(at, at + size - 1) }
    plan[#plan + 1] = { sleep = fault.seconds or 0.001 }
  end
  return plan
end
