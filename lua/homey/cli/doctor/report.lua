-- Report: the results of an examination as a text that is safe to paste: versions, the results, and
-- the last errors of programs on this machine, scrubbed.

local JournalFile = require "homey.journal.journal_file"
local Scrub = require "homey.cli.doctor.scrub"
local core = require "homey.core"
local entry = require "homey.journal.entry"
local lower = require("homey.util.text").lower
local stored_login = require "homey.cli.doctor.stored_login"
local visible = require("homey.util.text").visible

local report = {}

local secret_variables = {
  "HOMEY_EMAIL", "HOMEY_PASSWORD", "HOMEY_TOKEN", "HOMEY_HUB", "HOMEY_CLIENT_ID",
  "HOMEY_CLIENT_SECRET", "HOMEY_REDIRECT_URI",
}
local proxy_variables = {
  "http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
}

local function add_proxy(scrub, url)
  local user, host = (url or ""):match "^[%w+.-]*:?/*([^@/]*)@?([^:/]*)"
  if host == "" then user, host = nil, user end
  for word in (user or ""):gmatch "[^:]+" do scrub:add("secret", word) end
  scrub:add("host", host and host:match "^[^:]+")
end

-- Returns the name of the hub in the local network, such as annas-homey.lan. IP addresses, also in
-- names of homeylocal.com, are left out: the patterns of the scrubber find them.
local function add_hub(scrub, url)
  local host = type(url) == "string" and url:match "^%w+://([%w._-]+)"
  if not host or not host:find "%a" or lower(host) == "homey" then return end
  if lower(host):find "%.homeylocal%.com$" or lower(host):find "%.athom%.com$" then return end
  scrub:add("host", host)
  scrub:add("host", lower(host))
end

local function new_scrub(patient)
  local scrub, getenv = Scrub.new(), patient.getenv
  for _, name in ipairs(secret_variables) do scrub:add("secret", getenv(name)) end
  for _, name in ipairs(proxy_variables) do add_proxy(scrub, getenv(name)) end
  if patient.options.state_dir then
    for _, text in ipairs(stored_login.secrets(patient.options.state_dir)) do
      scrub:add("secret", text)
    end
  end
  local home = patient.home
  for _, name in ipairs { "name", "username" } do scrub:add("name", home and rawget(home, name)) end
  add_hub(scrub, getenv "HOMEY_ADDRESS")
  add_hub(scrub, patient.options.address)
  add_hub(scrub, patient.stored and patient.stored.address)
  scrub:add("file", patient.options.cafile)
  scrub:add("folder", patient.options.state_dir)
  scrub:add("folder", getenv "HOME")
  scrub:add("name", getenv "USER" ~= "root" and getenv "USER" or nil)
  scrub:add("name", getenv "HOSTNAME")
  return scrub
end

-- ---- versions -----------------------------------------------------------------------------------

local function first_line(command)
  local pipe = io.popen(command .. " 2>/dev/null", "r")
  local line = pipe and pipe:read "*l"
  if pipe then pipe:close() end
  return line or "unknown"
end

local function distribution()
  local file = io.open("/etc/os-release", "r")
  if not file then return "" end
  local text = file:read "*a"
  file:close()
  return (text:match 'PRETTY_NAME="?([^"\n]*)') or ""
end

local function lua_version()
  local jit = rawget(_G, "jit")
  return jit and jit.version or _VERSION
end

local function version_lines()
  return {
    ("homey %s, %s"):format(core.version, lua_version()),
    core.libraries(),
    ("%s, %s"):format(first_line "uname -srm", distribution()),
  }
end

-- ---- the last errors ----------------------------------------------------------------------------

local most_errors = 5

-- Adds each part of Zone/Name: a message of the hub may have the device's name alone.
local function add_names(scrub, path)
  if type(path) ~= "string" then return end
  scrub:add("name", path)
  for part in path:gmatch "[^/]+" do scrub:add("name", part) end
end

-- The newest failures of what programs on this machine have sent.
local function last_errors(patient, scrub)
  local list = {}
  if not patient.options.state_dir then return list end
  JournalFile.new(patient.options.state_dir):each(function(line)
    entry.each(line, function(row)
      add_names(scrub, row.name)
      if type(row.error) == "string" then
        list[#list + 1] = ("%s  %s"):format(os.date("!%Y-%m-%d %H:%M UTC", math.floor(row.at)),
          row.error)
        if #list > most_errors then table.remove(list, 1) end
      end
    end)
  end)
  return list
end

-- ---- the report ---------------------------------------------------------------------------------

local function result_lines(results)
  local lines = {}
  for i, result in ipairs(results) do
    lines[i] = ("%-4s  %-17s  %s"):format(result.status, result.what, result.detail)
  end
  return lines
end

local function add_section(out, title, lines)
  out[#out + 1] = title
  for _, line in ipairs(lines) do out[#out + 1] = line end
  out[#out + 1] = ""
end

--- The report.
---@param patient homey.cli.Patient
---@param results homey.cli.doctor.Result[]
---@return string
function report.text(patient, results)
  local scrub, out = new_scrub(patient), {}
  local errors = last_errors(patient, scrub)
  if #errors == 0 then errors = { "none in the journal" } end
  local scrubbed = {}
  for i, line in ipairs(result_lines(results)) do scrubbed[i] = scrub:text(visible(line)) end
  for i, line in ipairs(errors) do errors[i] = scrub:text(visible(line)) end
  add_section(out, "homey doctor --report", version_lines())
  add_section(out, "Checks:", scrubbed)
  add_section(out, "Last errors of programs on this machine:", errors)
  return table.concat(out, "\n")
end

return report
