--- Guard of the page: refuses cross-origin requests, and adds headers that forbid the browser to
--- load other resources or to embed the page.
---
--- Checks: the Origin header shows a page of another origin, the Host header shows a foreign DNS
--- name (DNS rebinding), and a Content-Type other than JSON shows a form of another page.
local response = require "homey.sim.http.response"
local text = require "homey.util.text"

local guard = {}

local headers = {
  { "Cache-Control", "no-store" },
  { "Content-Security-Policy", "default-src 'self'; object-src 'none'; base-uri 'none'; "
    .. "form-action 'none'; frame-ancestors 'none'" },
  { "X-Content-Type-Options", "nosniff" },
  { "X-Frame-Options", "DENY" },
  { "Referrer-Policy", "no-referrer" },
  { "Cross-Origin-Resource-Policy", "same-origin" },
}

--- An answer that refuses a request.
---@param status integer
---@param message string
---@return homey.sim.Response
function guard.refuse(status, message)
  return response.json(status, { error = message })
end

local refuse = guard.refuse

local function is_own_host(host)
  return host == "localhost" or host:find "^%d+%.%d+%.%d+%.%d+$" ~= nil
    or host:find "^%[[%x:.]+%]$" ~= nil
end

local function is_json(req)
  local kind = text.lower(req.headers["content-type"] or ""):match "^%s*([^;%s]*)"
  return kind == "application/json"
end

--- The answer to a request that is broken or comes from elsewhere.
---@param req homey.sim.Request
---@return homey.sim.Response?  nil where the request may be answered
function guard.refusal(req)
  if req.broken then return refuse(400, ("the request has %s."):format(req.broken)) end
  if not is_own_host(req.host or "") then
    return refuse(403, "use localhost or the IP address of this server, not another host name.")
  end
  local origin = req.headers.origin
  if origin and text.lower(origin) ~= "http://" .. text.lower(req.headers.host) then
    return refuse(403, "requests of other pages are refused.")
  end
  local is_link = req.method == "GET" and req.path == "/" -- it may lead here from any page
  if req.headers["sec-fetch-site"] == "cross-site" and not is_link then
    return refuse(403, "requests of other pages are refused.")
  end
end

--- The answer to a POST whose body is not declared as JSON.
---@param req homey.sim.Request
---@return homey.sim.Response?
function guard.not_json(req)
  if req.method ~= "POST" or is_json(req) then return nil end
  return refuse(415, "send JSON, with the header Content-Type: application/json.")
end

--- Add the headers that every answer has.
---@param answer homey.sim.Response
---@return homey.sim.Response answer
function guard.add_headers(answer)
  for _, header in ipairs(headers) do response.set(answer, header[1], header[2]) end
  return answer
end

return guard
