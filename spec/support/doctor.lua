--- Runs of `homey doctor` and their results.
local command = require "spec.support.command"
local core = require "homey.core"

local doctor = {}

---@class spec.Doctor
---@field code integer
---@field out string
---@field results {status: string, what: string, detail: string, kind: string?}[]

--- Run it.
---@param env table<string, string>
---@param ... string  its options
---@return spec.Doctor
function doctor.examine(env, ...)
  local code, out, err = command.run(env, "doctor", "--jsonl", ...)
  if err ~= "" then error(err, 2) end
  local results = {}
  for line in out:gmatch "[^\n]+" do results[#results + 1] = assert(core.decode(line)) end
  return { code = code, out = out, results = results }
end

local is_fine = { ok = true, skip = true }

--- The first result that is not fine.
---@param run spec.Doctor
---@return table?
function doctor.finding(run)
  for _, result in ipairs(run.results) do
    if not is_fine[result.status] then return result end
  end
end

--- The results of one check.
---@param run spec.Doctor
---@param what string
---@return table[]
function doctor.of(run, what)
  local list = {}
  for _, result in ipairs(run.results) do
    if result.what == what then list[#list + 1] = result end
  end
  return list
end

return doctor
