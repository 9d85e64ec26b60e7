-- Probe: one request without a token to a server of the cloud, and how far it came.

local Response = require "homey.net.response"
local Task = require "homey.task.task"
local core = require "homey.core"
local try = require "homey.task.try"

---@class homey.cli.doctor.Probe
---@field host string
---@field reached table<string, boolean>  the steps that were passed: name, proxy, connect, tls
---@field step string        last step: "name", "proxy", "connect", "tls", "answer"
---@field error? homey.Error
---@field status? integer
---@field ms integer
---@field ahead? number      seconds by which its clock is ahead of this machine's

local steps = { "name", "proxy", "connect", "tls", "answer" }

local months = {
  Jan = 1, Feb = 2, Mar = 3, Apr = 4, May = 5, Jun = 6, Jul = 7, Aug = 8, Sep = 9, Oct = 10,
  Nov = 11, Dec = 12,
}

-- Converts a calendar date to days since 1970.
local function days_of(year, month, day)
  local y = month <= 2 and year - 1 or year
  local era = math.floor(y / 400)
  local of_era = y - era * 400
  local of_year = math.floor((153 * (month + (month > 2 and -3 or 9)) + 2) / 5) + day - 1
  return era * 146097 + of_era * 365 + math.floor(of_era / 4) - math.floor(of_era / 100) + of_year
    - 719468
end

-- Converts a Date header to seconds since 1970; nil when the header is invalid.
local function read_date(text)
  local day, name, year, hour, minute, second =
    (text or ""):match "^%a+, (%d+) (%a+) (%d+) (%d+):(%d+):(%d+) GMT$"
  if not day or not months[name] then return nil end
  return days_of(tonumber(year), months[name], tonumber(day)) * 86400 + hour * 3600 + minute * 60
    + second
end

local function request(patient, host)
  local options, headers = patient.options, {}
  return patient:await(patient.scheduler.core_loop:fetch(("https://%s/"):format(host), "GET",
    setmetatable(headers, core.array), patient.timeout, 1048576, -1, nil, options.cafile or nil,
    options.connect_to or nil))
end

local function passed(probe)
  local reached = {}
  for _, step in ipairs(steps) do
    if step == probe.step then break end
    reached[step] = true
  end
  return reached
end

local function ask(patient, host)
  local clock = patient.scheduler.core_loop
  local began = clock:now()
  local value, err = try(request, patient, host)
  local found = {
    host = host, error = err, step = err and err.step or "answer",
    ms = math.floor((clock:now() - began) * 1000 + 0.5),
  }
  found.reached = passed(found)
  if not err then
    local response = Response.new(value)
    local date = read_date(response.headers.date)
    found.status = response.status
    found.ahead = date and date + 0.5 - clock:time()
  end
  patient.probes[host] = found
end

local probe = {
  --- The servers of a login, in the order of its steps.
  hosts = { "accounts.athom.com", "api.athom.com" },
}

--- Return the result of the probe of a server. The first call sends the probes of all servers.
---@param patient homey.cli.Patient
---@param host string
---@return homey.cli.doctor.Probe
function probe.of(patient, host)
  for _, each in ipairs(not next(patient.probing) and probe.hosts or {}) do
    patient.probing[each] = Task.start(patient.scheduler, { watched = true }, ask, patient, each)
  end
  patient.probing[host]:wait()
  return patient.probes[host]
end

return probe
