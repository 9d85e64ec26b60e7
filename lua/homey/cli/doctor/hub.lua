-- Checks of the login and of the way to the hub: the steps of the login, each address, the session
-- and its rights.

local cloud = require "homey.cli.doctor.cloud"
local sentence_of = require "homey.cli.doctor.sentence"
local new_error = require "homey.error"
local raise = require "homey.util.raise"
local try = require "homey.task.try"

-- What each step of the login is for.
local step_texts = {
  ["login"] = "e-mail address and password are accepted",
  ["authorise"] = "the account allows this program",
  ["consent"] = "the hub is chosen",
  ["token"] = "tokens of the account are received",
  ["password-grant"] = "tokens of the account are received",
  ["refresh"] = "the access token is renewed",
  ["user"] = "the hubs of the account are listed",
  ["delegation"] = "the account may log in to its hub",
  ["hub-login"] = "the hub accepts the account",
  ["local-login"] = "the hub accepts the user",
  ["session"] = "the session is described",
}

local function is_success(step)
  return step.outcome:find "^[23]%d%d$" ~= nil
end

local function say_step(say, step)
  local what, text = "login: " .. step.step, step_texts[step.step]
  if is_success(step) then
    say("ok", what, ("%s (%s, %d ms)"):format(text, step.outcome, step.ms))
  elseif step.outcome == "401" then
    say("skip", what, "not finished, since its token was to be renewed first (401).")
  else
    say("warn", what, ("failed: %s (%s). The login works without it."):format(text,
      step.outcome))
  end
end

-- Returns the step of the login that failed: the one that the error names, else the last step if it
-- was refused.
local function failed_step(err, steps)
  local last = steps[#steps]
  if not err then return nil end
  if not err.step and last and not is_success(last) then return last.step end
  return step_texts[err.step] and err.step or nil
end

-- Reports the steps that the login has taken since the last check. The failed step is not reported:
-- its name is returned.
local function say_steps(patient, say, err)
  local steps = patient:take_steps()
  local failed = failed_step(err, steps)
  for _, step in ipairs(steps) do
    if step.step ~= failed and step_texts[step.step] then say_step(say, step) end
  end
  for _, sentence in ipairs(patient.warnings) do say("warn", "login", sentence) end
  patient.warnings = {}
  return failed
end

-- ---- the login ----------------------------------------------------------------------------------

local network_kinds = { network = true, timeout = true, tls = true }
local hub_steps = { address = true, session = true, ["hub-login"] = true, ["local-login"] = true }

-- Returns the cloud server that this error is about, if its failure was reported before.
local function failed_server(patient, err)
  if not network_kinds[err.kind] or not step_texts[err.step] or hub_steps[err.step] then
    return nil
  end
  for host, probe in pairs(patient.probes) do
    if probe.error then return host end
  end
end

local function say_failure(patient, say, what, err, failed)
  local host = failed_server(patient, err)
  if host then return say("skip", what, ("not finished, since it needs %s."):format(host)) end
  say("FAIL", failed and "login: " .. failed or what, sentence_of(err), err.kind)
end

local function check_login(patient, say)
  local home = patient:open()
  local _, err = try(home.login, home)
  local failed = say_steps(patient, say, err)
  patient.login_error = err
  if not err then
    return say("ok", "login", patient.way == "key" and "an API key or a user of the hub"
      or "there is a session of the hub")
  end
  if err.step == "address" then
    return say("skip", "login", "not finished, since no address of the hub works.")
  end
  say_failure(patient, say, "login", err, failed)
end

-- ---- the addresses ------------------------------------------------------------------------------

local address_texts = {
  fixed = "the given one", localSecure = "at home", ["local"] = "at home, without TLS",
  mdns = "at home, by its mDNS name", remoteForwarded = "by a forwarded port",
  cloud = "by the cloud",
}

local function say_address(say, address, is_fatal)
  local label = address_texts[address.kind] or address.kind
  if address.good then
    return say("ok", "address", ("%s: %s answers in %d ms"):format(label, address.url, address.ms))
  end
  say(is_fatal and "FAIL" or "warn", "address", ("%s: %s"):format(label, address.message),
    is_fatal and address.error or nil)
end

local function check_addresses(patient, say)
  local list = patient:await(patient.home.client:survey(patient.timeout + 1))
  local works = false
  for _, address in ipairs(list) do works = works or address.good end
  if #list == 0 and patient.login_error then
    return say("skip", "address", "none is known before the login has worked.")
  end
  if #list == 0 then
    return say("FAIL", "address",
      "no address of the hub is known. Log in through the cloud, or set HOMEY_ADDRESS.", "offline")
  end
  for _, address in ipairs(list) do
    say_address(say, address, not works or address.error == "forbidden")
  end
  patient.exchanges = {} -- the pings
end

local function check_hub_clock(patient, say)
  local ahead = patient.home.client:clock()
  if ahead then return cloud.judge_clock(say, "the hub", ahead) end
  say("ok", "clock", "the hub sends no time")
end

-- ---- the session --------------------------------------------------------------------------------

local function check_session(patient, say)
  local home = patient.home
  local session, err = try(home.get, home, "/api/manager/sessions/session/me")
  local failed = say_steps(patient, say, err)
  if err then return say_failure(patient, say, "session", err, failed) end
  if type(session) ~= "table" then
    raise(new_error("protocol", "the hub does not describe the session. Check its version."))
  end
  patient.session = session
  local kind = type(session.type) == "string" and session.type:match "^%u+$"
  say("ok", "session", "the hub accepts the login" .. (kind and " (" .. kind .. ")" or ""))
end

-- Rights, and the commands that need them.
local rights = {
  { "homey.device.readonly", "`homey devices`, `homey get` and every event of a device" },
  { "homey.device.control", "`homey set` and `homey toggle`" },
  { "homey.zone.readonly", "names such as Kitchen/Lamp" },
  { "homey.flow.readonly", "`homey flows` and `homey cards`" },
  { "homey.flow.start", "`homey start`" },
  { "homey.logic.readonly", "`homey variables`" },
  { "homey.logic", "changing variables" },
  { "homey.mood.readonly", "`homey moods`" },
  { "homey.mood.set", "`homey mood`" },
  { "homey.user.readonly", "`homey users` and presence" },
  { "homey.notifications", "`homey notify`" },
  { "homey.insights.readonly", "`homey insights`" },
  { "homey.energy.readonly", "`homey energy`" },
  { "homey.app.readonly", "`homey apps`" },
  { "homey.geolocation.readonly", "sunrise, sunset and the time zone of the home" },
}

-- A scope includes those below it.
local function allows(granted, wanted)
  for _, scope in ipairs(granted) do
    if scope == wanted or wanted:sub(1, #scope + 1) == scope .. "." then return true end
  end
  return false
end

local function granted_scopes(session)
  local scopes = session.intersectedScopes
  if type(scopes) ~= "table" then scopes = session.scopes end
  return type(scopes) == "table" and scopes or nil
end

local function check_rights(patient, say)
  local granted, missing = granted_scopes(patient.session), 0
  if not granted then return say("ok", "rights", "the hub does not tell them") end
  for _, row in ipairs(rights) do
    if not allows(granted, row[1]) then
      missing = missing + 1
      say("warn", "rights", ("%s is missing, which is needed for %s. Log in or make a key with it.")
        :format(row[1], row[2]))
    end
  end
  if missing == 0 then say("ok", "rights", "none is missing") end
end

local function has_no_login(patient)
  return patient.way == "none" and "there is no login." or nil
end

local function is_closed(patient)
  return not patient.home and "there is no login." or nil
end

local function has_failed(patient)
  return patient.login_error and "there is no login to the hub." or nil
end

local function has_no_session(patient)
  return not patient.session and "there is no login to the hub." or nil
end

return {
  { name = "login", what = "login", needs = { "environment", "stored" }, skip = has_no_login,
    run = check_login },
  { name = "addresses", what = "address", needs = { "environment", "stored" }, skip = is_closed,
    run = check_addresses },
  { name = "hub clock", what = "clock", needs = { "addresses" }, skip = has_failed,
    run = check_hub_clock },
  { name = "session", what = "session", needs = { "login", "addresses" }, skip = has_failed,
    run = check_session },
  { name = "rights", what = "rights", needs = { "session" }, skip = has_no_session,
    run = check_rights },
}
