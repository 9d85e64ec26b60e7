-- Checks of the environment: the variables of homey, the proxy, and the file of trusted
-- certificates. Values are not printed: some are secret.

local login_options = require "homey.login.options"
local new_error = require "homey.error"
local suggest = require "homey.util.suggest"
local sentence_of = require "homey.cli.doctor.sentence"

-- Variables other than those that set the options of a login.
local others = { "HOMEY_LUA", "HOMEY_CLIENT_ID", "HOMEY_CLIENT_SECRET", "HOMEY_REDIRECT_URI" }

local function known_names()
  local names = {}
  for _, name in ipairs(others) do names[#names + 1] = name end
  for _, row in ipairs(login_options.rows) do names[#names + 1] = row.env end
  table.sort(names)
  return names
end

-- The names of all variables that begin with HOMEY_. Lua itself finds only those it knows.
local function names_in_use()
  local names, pipe = {}, io.popen("env", "r")
  for line in pipe and pipe:lines() or function() end do
    names[#names + 1] = line:match "^(HOMEY_[A-Z_]+)="
  end
  if pipe then pipe:close() end
  return names
end

local function find_strangers(known)
  local is_known, list = {}, {}
  for _, name in ipairs(known) do is_known[name] = true end
  for _, name in ipairs(names_in_use()) do
    local hint = not is_known[name] and suggest.hint(name, known)
    if hint and hint ~= "." then -- a variable with no similar name may belong to a script
      list[#list + 1] = ("homey has no variable %s%s"):format(name, hint)
    end
  end
  return list
end

-- ---- the variables of homey ---------------------------------------------------------------------

local function is_set(patient, name)
  local value = patient.getenv(name)
  return value ~= nil and value ~= ""
end

-- Combinations in which a variable has no effect: a condition, and the warning.
local oddities = {
  { function(set) return set "HOMEY_TOKEN" and set "HOMEY_EMAIL" end,
    "HOMEY_TOKEN is used, and HOMEY_EMAIL is not. Unset one of them." },
  { function(set) return set "HOMEY_DRY_RUN" end,
    "HOMEY_DRY_RUN is set: nothing is changed at home. Unset it to change things." },
  { function(_, value) return (value "HOMEY_STATE_DIR" or "/"):sub(1, 1) ~= "/" end,
    "HOMEY_STATE_DIR depends on the current folder. Set it to a path that begins with '/'." },
}

-- Creates a client without a store, to check whether the core accepts the options.
local function option_problem(patient)
  if patient.problem then return patient.problem end
  local settings = login_options.read(patient:with { state_dir = false }, patient.getenv)
  local client, kind, message = patient.scheduler.core_loop:client(settings)
  if not client then return new_error(kind --[[@as string]], message --[[@as string]]) end
  client:close()
end

local function check_variables(patient, say)
  local problem = option_problem(patient)
  if problem then return say("FAIL", "environment", sentence_of(problem), problem.kind) end
  local known, set = known_names(), {}
  for _, name in ipairs(known) do
    if is_set(patient, name) then set[#set + 1] = name end
  end
  say("ok", "environment", #set > 0 and "set: " .. table.concat(set, ", ") or "no HOMEY_ variable")
  for _, row in ipairs(oddities) do
    if row[1](function(name) return is_set(patient, name) end, patient.getenv) then
      say("warn", "environment", row[2])
    end
  end
  for _, sentence in ipairs(find_strangers(known)) do say("warn", "environment", sentence) end
end

-- ---- the file of trusted certificates -----------------------------------------------------------

local function check_cafile(patient, say)
  local path = patient.options.cafile
  local file, problem = io.open(path, "rb")
  local text = file and file:read "*a"
  if file then file:close() end
  if not text then
    local sentence = "HOMEY_CAFILE cannot be read: %s. Correct it, or unset it."
    return say("FAIL", "CA file", sentence:format(problem or path), "invalid")
  end
  local _, count = text:gsub("%-%-%-%-%-BEGIN [A-Z ]*CERTIFICATE%-%-%-%-%-", "")
  if count == 0 then
    return say("FAIL", "CA file",
      path .. " holds no certificate. Set HOMEY_CAFILE to a PEM file, or unset it.", "invalid")
  end
  say("ok", "CA file", ("%s holds %d"):format(path, count))
end

return {
  { name = "environment", what = "environment", run = check_variables },
  { name = "cafile", what = "CA file", needs = { "environment" }, run = check_cafile,
    skip = function(patient)
      return not patient.options.cafile and "the system's certificates are used" or nil
    end },
}
