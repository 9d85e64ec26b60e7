-- Examination: runs checks in order. Each check reports one or more results within a time limit. A
-- check that depends on a failed check is skipped, with the reason.

local Task = require "homey.task.task"
local new_error = require "homey.error"
local try = require "homey.task.try"
local sentence_of = require "homey.cli.doctor.sentence"

---@class homey.cli.doctor.Result
---@field status "ok"|"warn"|"FAIL"|"skip"
---@field what string
---@field detail string
---@field kind? string  of the error, for FAIL

---@alias homey.cli.doctor.Say fun(status: string, what: string, detail: string, kind: string?)

---@class homey.cli.doctor.Check
---@field name string     for `needs`
---@field what string     as it is printed
---@field needs? string[] names of the checks that must pass first
---@field skip? fun(patient: homey.cli.Patient): string?  why it is not needed here
---@field late? string   message of a timeout
---@field run fun(patient: homey.cli.Patient, say: homey.cli.doctor.Say)

local examination = {}

-- A step may take longer than a request: the timeout of the core has the more precise message.
local more, least = 1.2, 0.3

-- Calls f in a task, and ends it when no result arrives for too long.
local function within(patient, check, f)
  local scheduler, late = patient.scheduler, false
  local task = Task.start(scheduler, { watched = true }, try, f)
  local limit, timer = patient.timeout * more + least, {}
  local heard = patient.heard
  local function look()
    late = patient.heard == heard
    if late then return task:cancel() end
    heard = patient.heard
    timer.cancel = scheduler:later(limit, look)
  end
  timer.cancel = scheduler:later(limit, look)
  local _, _, err = try(function() return true, task:wait() end)
  timer.cancel()
  if not late then return err end
  return new_error("timeout", ("%s within %g s. Try again, or raise --timeout."):format(
    check.late or "no answer came", limit))
end

local function attempt(patient, check, say)
  local err = within(patient, check, function() check.run(patient, say) end)
  if not err then return end
  if type(err) ~= "table" then error(err, 0) end
  say("FAIL", check.what, sentence_of(err), err.kind)
end

-- Returns the failed check among those that are needed.
local function obstacle(check, failed)
  for _, name in ipairs(check.needs or {}) do
    if failed[name] then return failed[name] end
  end
end

--- Run checks.
---@param patient homey.cli.Patient
---@param checks homey.cli.doctor.Check[]
---@param tell fun(result: homey.cli.doctor.Result)
---@return string? kind  of the first failure
function examination.run(patient, checks, tell)
  local failed, first = {}, nil
  for _, check in ipairs(checks) do
    local function say(status, what, detail, kind)
      if status == "FAIL" then failed[check.name], first = check.what, first or kind end
      tell { status = status, what = what, detail = detail, kind = kind }
    end
    local cause = obstacle(check, failed)
    local needless = not cause and check.skip and check.skip(patient)
    if cause then failed[check.name] = cause end
    if cause or needless then
      say("skip", check.what, needless or ("not checked, since it needs: %s."):format(cause))
    else
      attempt(patient, check, say)
    end
  end
  return first
end

return examination
