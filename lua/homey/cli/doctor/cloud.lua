-- Checks of the way to the cloud: the proxy, this machine's clock, names, certificates, and whether
-- its servers answer.

local probe = require "homey.cli.doctor.probe"
local sentence_of = require "homey.cli.doctor.sentence"

local hosts = probe.hosts

local earliest = 1735689600 -- 2025: a clock that is set to an earlier time is wrong
local noticed, wrong = 60, 600 -- seconds

local function needs_no_cloud(patient)
  if patient.way ~= "key" then return nil end
  return "an API key or a local user needs no cloud"
end

-- ---- the proxy ----------------------------------------------------------------------------------

local proxy_names = { "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY" } -- as libcurl does

local function proxy_variable(patient)
  for _, name in ipairs(proxy_names) do
    local value = patient.getenv(name)
    if value and value ~= "" then return name end
  end
end

-- Reports whether libcurl bypasses the proxy for a host.
local function is_excepted(patient, host)
  local list = patient.getenv "no_proxy" or patient.getenv "NO_PROXY" or ""
  for word in list:gmatch "[^,%s]+" do
    local domain = word:gsub("^%.", "")
    if word == "*" or host == domain or host:sub(-#domain - 1) == "." .. domain then return true end
  end
  return false
end

local function is_by_proxy(patient, host)
  return proxy_variable(patient) ~= nil and not is_excepted(patient, host)
end

local function check_proxy(patient, say)
  local name = proxy_variable(patient)
  for _, host in ipairs(hosts) do
    if is_by_proxy(patient, host) then
      local found = probe.of(patient, host)
      if found.step ~= "tls" and found.step ~= "answer" then
        return say("FAIL", "proxy", ("%s: %s Correct %s, or name the host in NO_PROXY."):format(
          host, sentence_of(found.error), name), found.error.kind)
      end
    end
  end
  say("ok", "proxy", name .. " is used for the cloud; the hub at home is reached without it")
end

-- ---- the clock ----------------------------------------------------------------------------------

local function span(seconds)
  if seconds >= 1.5 * 86400 then return ("%d days"):format(math.floor(seconds / 86400 + 0.5)) end
  if seconds >= 2 * 3600 then return ("%d hours"):format(math.floor(seconds / 3600 + 0.5)) end
  return ("%d s"):format(math.floor(seconds + 0.5))
end

--- Report the difference between this machine's clock and another one.
---@param say homey.cli.doctor.Say
---@param whose string
---@param ahead number  seconds
local function judge(say, whose, ahead)
  local off = math.abs(ahead)
  if off < noticed then
    return say("ok", "clock", ("agrees with that of %s"):format(whose))
  end
  local sentence = ("this machine's clock is %s %s that of %s. Set it, for example by NTP."):format(
    span(off), ahead > 0 and "behind" or "ahead of", whose)
  say(off >= wrong and "FAIL" or "warn", "clock", sentence, off >= wrong and "tls" or nil)
end

local function check_clock(patient, say)
  local now = patient.scheduler.core_loop:time()
  if now < earliest then
    return say("FAIL", "clock", ("this machine's clock shows %s. Set it, such as by NTP."):format(
      os.date("!%Y-%m-%d", math.floor(now))), "tls")
  end
  for _, host in ipairs(needs_no_cloud(patient) and {} or hosts) do
    local found = probe.of(patient, host)
    if found.ahead then return judge(say, host, found.ahead) end
  end
  say("ok", "clock", os.date("!%Y-%m-%d %H:%M UTC", math.floor(now))
    .. "; no cloud server has sent another time")
end

-- ---- names, certificates, answers ---------------------------------------------------------------

-- Makes a check that reports for each host whether it passed a step. A host that failed at an
-- earlier step is left out: an earlier check has reported it.
local function by_step(what, step, passed_text)
  return function(patient, say)
    for _, host in ipairs(hosts) do
      local found = probe.of(patient, host)
      if found.step == step then
        say("FAIL", what, sentence_of(found.error), found.error.kind)
      elseif found.reached[step] then
        say("ok", what, passed_text(patient, host, found))
      end
    end
  end
end

local check_names = by_step("name", "name", function(patient, host)
  return is_by_proxy(patient, host) and host .. " is looked up by the proxy"
    or host .. " has an address"
end)

local check_connections = by_step("connection", "connect", function(_, host)
  return host .. " can be reached"
end)

local check_certificates = by_step("certificate", "tls", function(_, host)
  return "the certificate of " .. host .. " is valid"
end)

local failures = { -- by the lowest HTTP status, highest first
  { 500, "has failed. Try again later.", "unavailable" },
  { 430 },
  { 429, "asks for fewer requests. Wait for some minutes.", "rate_limited" },
}

local function failure_of(status)
  for _, row in ipairs(failures) do
    if status >= row[1] then return row[2], row[3] end
  end
end

local function check_answers(patient, say)
  for _, host in ipairs(hosts) do
    local found = probe.of(patient, host)
    local sentence, kind = failure_of(found.status or 0)
    if found.error then
      say("FAIL", "cloud", sentence_of(found.error), found.error.kind)
    elseif sentence then
      say("FAIL", "cloud", ("%s (status %d) %s"):format(host, found.status, sentence), kind)
    else
      say("ok", "cloud", ("%s answers in %d ms"):format(host, found.ms))
    end
  end
end

return {
  { name = "proxy", what = "proxy", needs = { "environment" }, run = check_proxy,
    skip = function(patient)
      return needs_no_cloud(patient) or not proxy_variable(patient) and "none is set" or nil
    end },
  { name = "clock", what = "clock", needs = { "environment" }, run = check_clock },
  { name = "names", what = "name", needs = { "environment", "proxy" }, skip = needs_no_cloud,
    run = check_names },
  { name = "connections", what = "connection", needs = { "proxy", "names" }, skip = needs_no_cloud,
    run = check_connections },
  { name = "certificates", what = "certificate", needs = { "cafile", "connections" },
    skip = needs_no_cloud, run = check_certificates },
  { name = "cloud", what = "cloud", needs = { "certificates" }, skip = needs_no_cloud,
    run = check_answers },
  judge_clock = judge,
}
