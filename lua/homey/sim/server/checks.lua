--- Checks of a strict server: each adds complaints about a request.
local core = require "homey.core"
local encoding = require "homey.sim.http.encoding"
local text = require "homey.util.text"

local checks = {}

---@class homey.sim.Complaint
---@field text string
---@field status integer?  status of a refusal; nil where a real server would accept the request

local bodiless = { GET = true, DELETE = true, HEAD = true }
local once = {
  "host", "content-length", "content-type", "authorization", "transfer-encoding", "x-homey-id",
}
local secret_names = { access_token = true, refresh_token = true, client_secret = true }
local codings = {
  br = true, gzip = true, deflate = true, zstd = true, identity = true, ["*"] = true,
}

local function check_message(req, add)
  if req.broken then add(req.broken, 400) end
  if not req.headers.host then add("no Host", 400) end
  for _, name in ipairs(once) do
    if req.repeated[name] then add(name .. " occurs twice", 400) end
  end
  if bodiless[req.method] and (req.body ~= "" or req.headers["content-length"]) then
    add("a body with " .. req.method, 400)
  end
  local has_length = req.headers["content-length"] or req.headers["transfer-encoding"]
  if not bodiless[req.method] and not has_length then
    add(req.method .. " without Content-Length")
  end
  if req.target:find("[^\33-\126]") then
    add("a URL with characters that are not percent-encoded", 400)
  end
  if req.target:find("#", 1, true) then add("a URL with its fragment", 400) end
end

local function check_server_name(req, add)
  if not req.tls or not req.host or req.host:find("^[%d.]+$") then return end
  if not req.sni then add("TLS without a server name", 421) end
  if req.sni and req.sni:lower() ~= req.host then
    add("TLS for " .. req.sni .. ", Host " .. req.host, 421)
  end
end

-- With the option `listen` each host has an address of its own.
local function check_service(context, req, add)
  if not req.service or not req.host then return end
  local cloud = {
    ["accounts.athom.com"] = "accounts", ["api.athom.com"] = "api",
    ["energy-api.athom.com"] = "api", ["weather-api.athom.com"] = "api",
    [context.hub_id .. ".connect.athom.com"] = "remote",
  }
  local wanted = cloud[req.host] or (req.tls and "secure" or "plain")
  if req.service ~= wanted then
    add(req.host .. " requested at the address of " .. req.service, 421)
  end
end

local function check_encodings(req, add)
  for name in (req.headers["accept-encoding"] or ""):gmatch("[^,%s]+") do
    if not codings[name:gsub(";.*", "")] then add("Accept-Encoding names " .. name) end
  end
end

-- No secret may be in a URL, since servers and proxies log it.
local function check_query(context, req, add)
  if not req.query then return end
  local problem = encoding.form_problem(req.query, "%[%],:;/@!$'()")
  if problem then add("a query with " .. problem, 400) end
  local fields = encoding.form(req.query)
  for name, value in pairs(fields) do
    local is_secret = secret_names[name] or name:lower():find("passw")
    if is_secret or value == context.settings.password or context:is_token(value, name) then
      add("a secret in the URL: " .. name, 400)
    end
  end
end

local function check_form(req, add)
  if req.headers["content-type"] ~= "application/x-www-form-urlencoded" then
    add("a form sent as " .. (req.headers["content-type"] or "nothing"), 400)
  end
  local problem = encoding.form_problem(req.body)
  if problem then add("a form with " .. problem, 400) end
end

local function check_json(req, add)
  local kind = req.headers["content-type"]
  if kind ~= "application/json" and kind ~= "application/json; charset=utf-8" then
    add("JSON sent as " .. (kind or "nothing"), 400)
  end
  if not text.is_utf8(req.body) then return add("JSON that is not UTF-8", 400) end
  local value, problem = core.decode(req.body)
  if value == nil then return add("invalid JSON: " .. tostring(problem), 400) end
  req.json = value
end

local function check_body(route, req, add)
  local wanted = route.body
  local is_form = req.body:find("=", 1, true) and req.body:sub(1, 1) ~= "{"
  if wanted == "either" and is_form then wanted = "form" end
  if wanted == "multipart" or wanted == "any" then return end
  if wanted == "form" then
    check_form(req, add)
  elseif wanted == "json" or wanted and req.body ~= "" then
    check_json(req, add)
  elseif not wanted and req.body ~= "" and not bodiless[req.method] then
    add("a body where none is allowed", 400)
  end
end

local function check_authorization(context, route, req, add)
  local header, on_hub = req.headers.authorization, req.server == "hub"
  if route.auth == "none" and header then add("Authorization where none is allowed", 400) end
  if not header then return end
  local scheme, token = header:match("^(%S+) (%S+)$")
  if not scheme then return add("a malformed Authorization", 400) end
  if scheme == "Bearer" and not req.tls and not context.settings.plain_tokens then
    add("a token over plain http", 403)
  end
  if route.auth == "hub" and context.state.access[token] then
    add("the access token of the cloud sent to a hub", 401)
  end
  if on_hub and context:id_at_address() ~= context.hub_id then
    add("a bearer sent to another Homey", 401)
  end
  if not on_hub and (context.state.bearers[token] or token == context.settings.pat) then
    add("the bearer of a hub sent to " .. tostring(req.host), 401)
  end
end

local function check_cookies(route, req, add)
  if req.headers.cookie and route.name ~= "consent" then add("a cookie that was not set here") end
end

local function check_homey_id(context, route, req, add)
  local id = req.headers["x-homey-id"]
  if req.server ~= "hub" then
    if id then add("X-Homey-ID sent to the cloud") end
  elseif id and id ~= context.hub_id and id ~= context:id_at_address() then
    add("X-Homey-ID of an unknown Homey: " .. id)
  elseif not id and route.auth == "hub" and context.settings.require_homey_id then
    add("no X-Homey-ID")
  end
end

--- All complaints about a request.
---@param context table
---@param route homey.sim.Route?  nil where no route fits
---@param req homey.sim.Request
---@return homey.sim.Complaint[]
function checks.run(context, route, req)
  local list = {}
  local function add(text, status) list[#list + 1] = { text = text, status = status } end
  check_message(req, add)
  if req.broken then return list end
  check_server_name(req, add)
  check_service(context, req, add)
  check_encodings(req, add)
  check_query(context, req, add)
  if not route then return list end
  check_body(route, req, add)
  check_authorization(context, route, req, add)
  check_cookies(route, req, add)
  check_homey_id(context, route, req, add)
  return list
end

return checks
