-- Facts about a call in the journal, as `homey journal` and the page show them.

--- The facts.
---@param home homey.Home
---@param recorded homey.RecordedCall
---@return table
return function(home, recorded)
  local call = recorded.call
  return {
    time = home:date("%Y-%m-%d %H:%M:%S", call.at), at = call.at, name = call.name,
    id = call.device, capability = call.capability, value = call.value, by = call.handler,
    because = call.because, outcome = recorded.outcome,
  }
end
