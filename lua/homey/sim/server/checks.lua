--- What a suspicious server minds about a request. Each check answers a complaint, or nothing.
local core = require "homey.core"
local encoding = require "homey.sim.http.encoding"
local text = require "homey.util.text"

local checks = {}

---@class homey.sim.Complaint
---@field text string
---@field status integer?  what a real server might refuse it with; nil where it would let it pass

local bodiless = { GET = true, DELETE = true, HEAD = true }
local once = { "host", "content-length", "content-type", "authorization", "transfer-encoding", "x-homey-id" }
local secret_names = { access_token = true, refresh_token = true, client_secret = true }
local codings = { br = true, gzip = true, deflate = true, zstd = true, identity = true, ["*"] = true }

--- A list that complaints are added to.
local function collector()
  local list = {}
  return list, function(message, status) list[#list + 1] = { text = message, status = status } end
end

local function message(req, add)
  if req.broken then add(req.broken, 400) end
  if not req.headers.host then add("no Host", 400) end
  for _, name in ipairs(once) do
    if req.repeated[name] then add(name .. " came twice", 400) end
  end
  if bodiless[req.method] and (req.body ~= "" or req.headers["content-length"]) then
    add("a body with " .. req.method, 400)
  end
  if not bodiless[req.method] and not req.headers["content-length"] and not req.headers["transfer-encoding"] then
    add(req.method .. " without Content-Length")
  end
  if req.target:find("[^\33-\126]") then add("a URL with characters not percent-encoded", 400) end
  if req.target:find("#", 1, true) then add("a URL with its fragment", 400) end
end

local function server_name(req, add)
  if not req.tls or not req.host or req.host:find("^[%d.]+$") then return end
  if not req.sni then add("TLS without a server name", 421) end
  if req.sni and req.sni:lower() ~= req.host then add("TLS for " .. req.sni .. ", Host " .. req.host, 421) end
end

--- Where services listen at addresses of their own, a name leads to the right one.
local function service(context, req, add)
  if not req.service or not req.host then return end
  local cloud = { ["accounts.athom.com"] = "accounts", ["api.athom.com"] = "api", [context.hub_id .. ".connect.athom.com"] = "remote" }
  local wanted = cloud[req.host] or (req.tls and "secure" or "plain")
  if req.service ~= wanted then add(req.host .. " asked for at the address of " .. req.service, 421) end
end

local function encodings(req, add)
  for name in (req.headers["accept-encoding"] or ""):gmatch("[^,%s]+") do
    if not codings[name:gsub(";.*", "")] then add("Accept-Encoding names " .. name) end
  end
end

--- Secrets have no place in a URL: it is logged everywhere.
local function url(context, req, add)
  if not req.query then return end
  local problem = encoding.form_problem(req.query, "%[%],:;/@!$'()")
  if problem then add("a query with " .. problem, 400) end
  local fields = encoding.form(req.query)
  for name, value in pairs(fields) do
    local named_so = secret_names[name] or name:lower():find("passw")
    if named_so or value == context.settings.password or context:is_token(value, name) then
      add("a secret in the URL: " .. name, 400)
    end
  end
end

local function form(req, add)
  if req.headers["content-type"] ~= "application/x-www-form-urlencoded" then
    add("a form sent as " .. (req.headers["content-type"] or "nothing"), 400)
  end
  local problem = encoding.form_problem(req.body)
  if problem then add("a form with " .. problem, 400) end
end

local function json(req, add)
  local kind = req.headers["content-type"]
  if kind ~= "application/json" and kind ~= "application/json; charset=utf-8" then
    add("JSON sent as " .. (kind or "nothing"), 400)
  end
  if not text.is_utf8(req.body) then return add("JSON that is not UTF-8", 400) end
  local value, problem = core.decode(req.body)
  if value == nil then return add("invalid JSON: " .. tostring(problem), 400) end
  req.json = value
end

local function body(route, req, add)
  local wanted = route.body
  if wanted == "either" and req.body:find("=", 1, true) and req.body:sub(1, 1) ~= "{" then wanted = "form" end
  if wanted == "form" then
    form(req, add)
  elseif wanted == "json" or wanted and req.body ~= "" then
    json(req, add)
  elseif not wanted and req.body ~= "" and not bodiless[req.method] then
    add("a body where none is taken", 400)
  end
end

local function authorization(context, route, req, add)
  local header = req.headers.authorization
  if route.auth == "none" and header then add("Authorization where none belongs", 400) end
  if not header then return end
  local scheme, token = header:match("^(%S+) (%S+)$")
  if not scheme then return add("an Authorization that is none", 400) end
  if scheme == "Bearer" and not req.tls and not context.settings.plain_tokens then
    add("a token over plain http", 403)
  end
  if route.auth == "hub" and context.state.access[token] then add("the cloud's access token sent to a hub", 401) end
  if req.face == "hub" and context:id_at_address() ~= context.hub_id then add("a bearer sent to another Homey", 401) end
  if req.face ~= "hub" and (context.state.bearers[token] or token == context.settings.pat) then
    add("a hub's bearer sent to " .. tostring(req.host), 401)
  end
end

local function cookies(route, req, add)
  if req.headers.cookie and route.name ~= "consent" then add("a cookie that nobody set here") end
end

local function homey_id(context, route, req, add)
  local id = req.headers["x-homey-id"]
  if req.face ~= "hub" then
    if id then add("X-Homey-ID sent to the cloud") end
  elseif id and id ~= context.hub_id and id ~= context:id_at_address() then
    add("X-Homey-ID of an unknown Homey: " .. id)
  elseif not id and route.auth == "hub" and context.settings.require_homey_id then
    add("no X-Homey-ID")
  end
end

--- Everything that is wrong with a request.
---@param context table
---@param route homey.sim.Route?  nil where no route fits
---@param req homey.sim.Request
---@return homey.sim.Complaint[]
function checks.run(context, route, req)
  local list, add = collector()
  message(req, add)
  if req.broken then return list end
  server_name(req, add)
  service(context, req, add)
  encodings(req, add)
  url(context, req, add)
  if not route then return list end
  body(route, req, add)
  authorization(context, route, req, add)
  cookies(route, req, add)
  homey_id(context, route, req, add)
  return list
end

return checks
