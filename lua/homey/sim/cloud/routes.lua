--- Routes of the cloud: the token chain at accounts.athom.com and api.athom.com, and the services
--- for a user who is logged in.
local core = require "homey.core"
local consent = require "homey.sim.cloud.consent_page"
local response = require "homey.sim.http.response"
local router = require "homey.sim.http.router"
local encoding = require "homey.sim.http.encoding"
local services = require "homey.sim.cloud.services"

local failure, json = response.failure, response.json

local function claims(context)
  local ids = setmetatable({}, core.array)
  for i, homey in ipairs(context:homeys()) do ids[i] = homey.id end
  return { user = context.user.id, homeys = ids, aud = "homey", iss = "api.athom.com" }
end

-- ---- step 1: e-mail and password ----

local function login(context, req)
  local fields, set = encoding.form(req.body, true), context.settings
  context.state:count "logins"
  if fields.email ~= set.email or fields.password ~= set.password then
    return failure(401, "invalid_credentials", "Wrong e-mail address or password")
  end
  if set.otp and (fields.otptoken or "") == "" then
    return failure(401, "otp_required", "A one-time code is required")
  end
  if set.otp and fields.otptoken ~= set.otp then
    return failure(401, "invalid_otp", "The one-time code is wrong")
  end
  return json(200, { token = context.state:jwt("user", claims(context)) })
end

-- ---- step 2: a code ----

local function known_redirect(client, uri)
  for _, allowed in ipairs(client.redirect_uris) do
    if allowed == uri then return true end
  end
end

-- The checked query of authorise, or nil and the response that refuses it.
local function check_query(context, req)
  local query = encoding.form(req.query or "")
  local client = context.settings.clients[query.client_id or ""]
  if not client then return nil, failure(400, "invalid_client", "Unknown client_id") end
  if not known_redirect(client, query.redirect_uri) then
    return nil, failure(400, "invalid_request", "Mismatch of redirect_uri")
  end
  if query.response_type ~= "code" and query.authorization_type ~= "code" then
    return nil, failure(400, "unsupported_response_type", "response_type must be code")
  end
  local jwt = context.state:alive(context.state.jwts, query.user_token)
  if not jwt or jwt.kind ~= "user" then
    local again = (req.query or ""):gsub("&?user_token=[^&]*", "")
    return nil, response.redirect("https://accounts.athom.com/login?" .. again)
  end
  return query
end

-- The URI up to where a field can be added, its query as URLSearchParams serialises it: a space is
-- a plus.
local function with_query(uri)
  local base, fields = uri:match "^([^?]*%?)(.*)$"
  if not fields then return uri .. "?" end
  fields = fields:gsub("[^&=]+", function(word)
    return (encoding.escape(encoding.unescape(word, true)):gsub("%%20", "+"))
  end)
  return base .. fields .. (fields ~= "" and "&" or "")
end

local function redirect_with_code(context, query)
  local code = context.state:code(query.client_id, query.redirect_uri)
  local location = with_query(query.redirect_uri) .. "code=" .. code
  if query.state then location = location .. "&state=" .. encoding.escape(query.state) end
  return response.redirect(location)
end

local function authorise(context, req)
  context.state:count "authorisations"
  local query, refused = check_query(context, req)
  if not query then return refused end
  if context.settings.mode == "302" then return redirect_with_code(context, query) end
  local page = consent.page(context.settings.consent, req, context:homeys(), context.state.random)
  context.state.pages[page.expect.cookies._csrf] = { query = query, expect = page.expect }
  local headers = {}
  for i, cookie in ipairs(page.cookies) do headers[i] = { "Set-Cookie", cookie } end
  return response.text(200, "text/html; charset=utf-8", page.html, headers)
end

local function csrf_problem(page, cookies, fields)
  if not page then return "the cookie of the page is missing" end
  for name, value in pairs(page.expect.cookies) do
    if cookies[name] ~= value then return "the cookie " .. name .. " has changed" end
  end
  if fields._csrf ~= page.expect.field then return "the field _csrf differs from the page" end
end

local function same_query(page, query)
  for _, name in ipairs { "client_id", "redirect_uri", "user_token", "state" } do
    if page.query[name] ~= query[name] then return false end
  end
  return true
end

local function homey_of(context, resource)
  for _, homey in ipairs(context:homeys()) do
    if resource == "resource.homey." .. homey.id then return homey end
  end
end

local function press(context, req)
  context.state:count "consents"
  local query, refused = check_query(context, req)
  if not query then return refused end
  local fields, cookies = encoding.form(req.body, true), consent.cookies(req.headers.cookie)
  local page = context.state.pages[cookies._csrf or ""]
  local problem = csrf_problem(page, cookies, fields)
  if problem then
    context:complain(req, "consent: " .. problem)
    return response.text(403, "text/html; charset=utf-8",
      "<h1>ForbiddenError: invalid csrf token</h1>")
  end
  if not same_query(page, query) then
    context:complain(req, "consent: the query differs from that of the page")
    return failure(400, "invalid_request", "The request differs from that of the page")
  end
  local homey = homey_of(context, fields.resource)
  if not homey or fields.allow ~= "Allow" then return authorise(context, req) end
  context.state.pages[cookies._csrf] = nil
  context.state.allowed = homey.id
  return redirect_with_code(context, query)
end

-- ---- steps 3 and 6: tokens ----

local function credentials(context, req, fields)
  local basic = (req.headers.authorization or ""):match("^Basic (%S+)$")
  local accepted = context.settings.credentials
  local id, secret = fields.client_id, fields.client_secret
  if basic then
    id, secret = (encoding.unbase64(basic) or ""):match("^([^:]*):(.*)$")
    if fields.client_secret then context:complain(req, "client credentials sent twice") end
  end
  if accepted ~= "both" and accepted ~= (basic and "basic" or "body") then return nil end
  local client = context.settings.clients[id or ""]
  return client and client.secret == secret and id or nil
end

local function by_code(context, req, fields, client)
  local state = context.state
  local code = state:alive(state.codes, fields.code or fields.authorization_code)
  if code and code.used then context:complain(req, "an authorization code used twice") end
  if not code or code.used or code.client ~= client then
    return failure(400, "invalid_grant", "Invalid or expired authorization code")
  end
  if fields.redirect_uri and fields.redirect_uri ~= code.redirect_uri then
    return failure(400, "invalid_grant", "Mismatch of redirect_uri")
  end
  code.used = true
  return json(200, state:tokens(client))
end

local function by_password(context, _, fields, client)
  local set = context.settings
  if not set.password_grant then
    return failure(400, "unsupported_grant_type", "No password grant for this client")
  end
  if fields.username ~= set.email or fields.password ~= set.password then
    return failure(400, "invalid_grant", "Wrong e-mail address or password")
  end
  return json(200, context.state:tokens(client))
end

-- The entry of a refresh token, or nil and the response that refuses it.
local function valid_refresh(context, req, fields, client)
  local state = context.state
  local found = state.refresh[fields.refresh_token or ""]
  state:count "refreshes"
  if found and found.used then
    state:count "thefts"
    context:complain(req, "a refresh token used again after it was replaced: stolen?")
    if context.settings.theft_revokes then state:revoke(found.family) end
  end
  if not found or found.used or found.client ~= client
    or not state:alive(state.refresh, fields.refresh_token) then
    return nil, failure(400, "invalid_grant", "Invalid refresh token")
  end
  return found
end

local function refresh_reply(context, fields, client, found)
  local rotation, token = context.settings.rotation, fields.refresh_token
  found.used = rotation == true or nil
  local reply = context.state:tokens(client, found.family, rotation ~= true and token or nil)
  if rotation == "omit" then reply.refresh_token = nil end
  return json(200, reply)
end

local function by_refresh(context, req, fields, client)
  local found, refused = valid_refresh(context, req, fields, client)
  if not found then return refused end
  return refresh_reply(context, fields, client, found)
end

local grants = { authorization_code = by_code, refresh_token = by_refresh, password = by_password }

local function token(context, req)
  local fields = encoding.form(req.body, true)
  if fields.grant_type == "refresh_token" and context.settings.refresh == "missing" then
    return failure(404, "not_found", "Not Found")
  end
  local client = credentials(context, req, fields)
  if not client then return failure(401, "invalid_client", "Client credentials are invalid") end
  local unsupported = fields.grant_type == "refresh_token"
    and context.settings.refresh == "unsupported"
  local grant = not unsupported and grants[fields.grant_type]
  if not grant then return failure(400, "unsupported_grant_type", "Grant type is not supported") end
  return grant(context, req, fields, client)
end

-- ---- step 4: delegation, and a refresh at the same address ----

local function delegation_reply(context)
  local jwt = context.state:jwt("delegation", claims(context))
  context.state:count "delegations"
  if context.settings.delegation == "text" then
    return response.text(200, "text/html; charset=utf-8", jwt)
  end
  return json(200, context.settings.delegation == "object" and { token = jwt } or jwt)
end

local function access_of(context, req)
  local bearer = (req.headers.authorization or ""):match("^Bearer (%S+)$")
  return context.state:alive(context.state.access, bearer)
end

local function access_refused()
  return failure(401, "invalid_token", "The access token has expired")
end

local function seed_refresh(context, req)
  local behaviour, fields = context.settings.seed_refresh, encoding.form(req.body, true)
  if behaviour == "missing" then return failure(404, "not_found", "Not Found") end
  local client = credentials(context, req, fields)
  if not client then return failure(401, "invalid_client", "Client credentials are invalid") end
  if fields.grant_type ~= "refresh_token" then
    return failure(400, "unsupported_grant_type", "Grant type is not supported")
  end
  local found, refused = valid_refresh(context, req, fields, client)
  if not found then return refused end
  if behaviour == "delegation" then return delegation_reply(context) end
  return refresh_reply(context, fields, client, found)
end

local function is_form(req)
  return (req.headers["content-type"] or ""):find("^application/x%-www%-form%-urlencoded")
    and req.body ~= ""
end

local function delegation(context, req)
  if encoding.form(req.query or "").audience ~= "homey" then
    return failure(400, "invalid_request", "Missing audience")
  end
  if is_form(req) then return seed_refresh(context, req) end
  if not access_of(context, req) then return access_refused() end
  return delegation_reply(context)
end

-- ---- services ----

local function with_access(handle)
  return function(context, req, ...)
    if not access_of(context, req) then return access_refused() end
    return handle(context, req, ...)
  end
end

-- ---- the routes ----

local token_names = { refresh_token = "refresh", password = "password" }
local function token_name(req)
  return token_names[encoding.form(req.body, true).grant_type or ""] or "token"
end
local function delegation_name(req) return is_form(req) and "refresh" or "delegation" end

-- A handler that answers 404 while a setting is false.
local function only_if(setting, member, handle)
  return function(context, req)
    local value = context.settings[setting]
    if member then value = value[member] end
    if not value then return failure(404, "not_found", "Not Found") end
    return handle(context, req)
  end
end

local function authorise_routes(path, get, post)
  return { name = "authorise", method = "GET", path = path, handle = get, auth = "none" },
    { name = "consent", method = "POST", path = path, handle = post, auth = "none", body = "form" }
end

local function double_slash(handle) return only_if("double_slash", nil, handle) end
local function at(member, handle) return only_if("authorise", member, handle) end

local accounts, api = {}, {}

local function add(list, ...)
  for i = 1, select("#", ...) do list[#list + 1] = select(i, ...) end
end

add(accounts, {
  name = "login", method = "POST", path = "/login", handle = login, auth = "none", body = "form",
})
add(accounts, authorise_routes("//authorise", double_slash(at("accounts", authorise)),
  double_slash(at("accounts", press))))
add(accounts, authorise_routes("/authorise", at("accounts", authorise), at("accounts", press)))
add(accounts, authorise_routes("/oauth2/authorise", at("oauth2", authorise), at("oauth2", press)))
add(api, authorise_routes("/oauth2/authorise", at("api", authorise), at("api", press)))
add(api, {
  name = "token", alias = token_name, method = "POST", path = "/oauth2/token", handle = token,
  body = "form",
})
add(api, { name = "delegation", alias = delegation_name, method = "POST",
  path = "/delegation/token",
  handle = delegation, body = "either",
})
add(api, { name = "delegation", alias = delegation_name, method = "POST",
  path = "//delegation/token",
  handle = double_slash(delegation), body = "either",
})
for _, route in ipairs(services.routes("api", with_access)) do add(api, route) end

return {
  accounts = router.compile(accounts), api = router.compile(api),
  energy = router.compile(services.routes("energy", with_access)),
  weather = router.compile(services.routes("weather", with_access)),
}
