--- Requests to the simulated hub that change something, as entries in the log of the page.
local core = require "homey.core"
local sent = require "homey.sim.virtual.sent"

local requests = {}

-- Logins and sessions are no changes of the home.
local quiet = { "^/api/manager/users/login", "^/api/manager/sessions/", "^/api/manager/users/" }

local function is_change(request)
  if request.method == "GET" or request.server ~= "hub" then return false end
  if not request.path:find "^/api/" then return false end
  for _, pattern in ipairs(quiet) do
    if request.path:find(pattern) then return false end
  end
  return true
end

local function failure(request)
  if request.fault then return (" (fault: %s)"):format(request.fault) end
  if request.status >= 400 then return (" (refused with status %d)"):format(request.status) end
  return ""
end

--- Add a request to the log, where it changes something.
---@param page homey.sim.Page
---@param request table  an entry of the log of the context
function requests.note(page, request)
  if not is_change(request) then return end
  local entry, text = sent.entry(page.context.model, {
    method = request.method, path = request.path:gsub("%?.*", ""), body = request.body,
    json = core.decode(request.body or ""), time = request.time,
  })
  page.log:add {
    at = entry.at, text = text .. failure(request), id = entry.id,
    device = entry.device and entry.id,
    capability = entry.capability, value = entry.value,
    level = failure(request) ~= "" and "warning" or nil,
  }
end

return requests
