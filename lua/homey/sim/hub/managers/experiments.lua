--- Experiments: lists them, and enables or disables one.

---@type homey.sim.Handlers
local experiments = {}

local known = { "homekit", "poweruser", "ssh", "virtualdevices" }

-- Which experiments are enabled, by id.
local function enabled(call)
  call.data.experiments = call.data.experiments or {}
  return call.data.experiments
end

experiments.getExperiments = function(call)
  local out = {}
  for _, id in ipairs(known) do
    out[id] = { id = id, name = id, enabled = enabled(call)[id] == true }
  end
  return call:ok(out)
end

local function setter(value)
  return function(call)
    for _, id in ipairs(known) do
      if id == call.args.id then
        enabled(call)[id] = value
        return call:ok()
      end
    end
    return call:not_found("Experiment", call.args.id)
  end
end

experiments.enableExperiment, experiments.disableExperiment = setter(true), setter(false)

return experiments
