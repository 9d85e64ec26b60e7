--- Simulator for a spec file, and requests to it by curl, which shares no code with homey.
---
---     local support = require "spec.support.sim"
---     local sim
---     setup(function() sim = support.start() end)
---     teardown(support.stop)
local support = {}

local started = {}

--- Starts a simulator that `support.stop` ends.
---@param options? table  as homey.sim.start takes them
---@return homey.Sim
function support.start(options)
  local sim = require("homey.sim").start(options)
  started[#started + 1] = sim
  return sim
end

--- Stop all simulators of the file.
function support.stop()
  for i = #started, 1, -1 do
    started[i]:stop()
    started[i] = nil
  end
end

--- Wait until the hub sends a home events over a websocket.
---@param home homey.Home
function support.connect(home)
  local homey, assert = require "homey", require "luassert"
  home:on("connect", function() end)
  local deadline = os.time() + 20
  while not home.connected and os.time() < deadline do homey.sleep(0.05) end
  assert.is_true(home.connected)
end

local function quoted(s) return "'" .. s:gsub("'", "'\\''") .. "'" end

local function arguments(sim, request)
  -- without LD_PRELOAD, since a sanitizer hangs curl
  local list = {
    "LD_PRELOAD= curl", "-sS", "-i", "--max-time", tostring(request.timeout or 60), "--cacert",
    quoted(sim.cafile),
  }
  for _, to in ipairs(sim.options.connect_to) do list[#list + 1] = "--connect-to " .. to end
  list[#list + 1] = "--connect-to 127-0-0-1.homey.homeylocal.com::127.0.0.1:"
  if request.method then list[#list + 1] = "-X " .. request.method end
  for name, value in pairs(request.headers or {}) do
    list[#list + 1] = "-H " .. quoted(value == "" and name .. ":" or name .. ": " .. value)
  end
  if request.body then list[#list + 1] = "--data-raw " .. quoted(request.body) end
  list[#list + 1] = request.more
  list[#list + 1] = quoted(request.url)
  return table.concat(list, " ")
end

local function headers_of(head)
  local headers = {}
  for name, value in head:gmatch("\r\n([^:\r\n]+): ([^\r\n]*)") do
    name = name:lower()
    headers[name] = headers[name] and headers[name] .. "\n" .. value or value
  end
  return headers
end

--- One request: {url=, method=, headers=, body=, json=, form=, bearer=, timeout=, more=} or just
--- the URL.
---@param sim homey.Sim
---@param request table|string
---@return {exit: integer, status: integer?, headers: table<string, string>, body: string, json:
---       any, said: string}
function support.curl(sim, request)
  if type(request) == "string" then request = { url = request } end
  local headers = {}
  for name, value in pairs(request.headers or {}) do headers[name] = value end
  if request.bearer then headers.Authorization = "Bearer " .. request.bearer end
  local body = request.body
  if request.json ~= nil then
    headers["Content-Type"] = "application/json"
    body = require("homey.core").encode(request.json)
  end
  local pipe = io.popen(arguments(sim, {
    url = request.url, method = request.method, headers = headers, body = body,
    timeout = request.timeout,
    more = request.more,
  }) .. " 2>&1; echo exit $?", "r")
  local said = pipe:read("*a")
  pipe:close()
  local reply, exit = said:match("^(.*)exit (%d+)\n$")
  local head, rest = reply:match("^(HTTP/.-\r\n)\r\n(.*)$")
  return {
    exit = tonumber(exit), said = said, status = head and tonumber(head:match("^%S+ (%d+)")),
    body = rest or "",
    headers = headers_of(head or ""), json = rest and require("homey.core").decode(rest) or nil,
  }
end

local function escape(s)
  return (s:gsub("[^%w%-._~]", function(c) return ("%%%02X"):format(c:byte()) end))
end

--- Encodes fields as a form: {"name", "value", "name", "value"}.
---@param fields string[]
---@return string
function support.form(fields)
  local out = {}
  for i = 1, #fields, 2 do out[#out + 1] = fields[i] .. "=" .. escape(fields[i + 1]) end
  return table.concat(out, "&")
end

support.client = {
  id = "5a8d4ca6eb9f7a2c9d6ccf6d", secret = "e3ace394af9f615857ceaa61b053f966ddcfb12a",
  redirect_uri = "http://localhost",
}

--- Step 1: the user's JWT.
---@param sim homey.Sim
---@return string
function support.login(sim)
  local reply = support.curl(sim, {
    url = "https://accounts.athom.com/login",
    body = support.form { "email", sim.options.email, "password", sim.options.password },
  })
  return (assert(reply.json and reply.json.token, reply.said))
end

--- Step 2: the answer of authorise. `more` can have another URL and a state.
---@param sim homey.Sim
---@param jwt string
---@param more? {url?: string, state?: string}
---@return table reply
---@return string url
function support.authorise(sim, jwt, more)
  more = more or {}
  local client = support.client
  local fields = {
    "client_id", client.id, "redirect_uri", client.redirect_uri, "response_type", "code",
    "user_token", jwt,
  }
  if more.state then fields[9], fields[10] = "state", more.state end
  local url = (more.url or "https://accounts.athom.com//authorise") .. "?" .. support.form(fields)
  return support.curl(sim, url), url
end

--- Steps 1 and 2: returns a code.
---@param sim homey.Sim
---@return string
function support.code(sim)
  local reply = support.authorise(sim, support.login(sim))
  return (assert((reply.headers.location or ""):match("[?&]code=(%x+)"), reply.said))
end

--- A request to the token endpoint with the client's credentials in the body.
---@param sim homey.Sim
---@param fields string[]
---@return table reply
function support.token(sim, fields)
  local all = { "client_id", support.client.id, "client_secret", support.client.secret }
  for _, field in ipairs(fields) do all[#all + 1] = field end
  return support.curl(sim, { url = "https://api.athom.com/oauth2/token", body = support.form(all) })
end

--- Steps 1 to 3.
---@param sim homey.Sim
---@return table tokens  the reply
function support.tokens(sim)
  local reply = support.token(sim, {
    "grant_type", "authorization_code", "code", support.code(sim),
  })
  return (assert(reply.status == 200 and reply.json, reply.said))
end

--- A URL at the local address of the hub, over TLS.
---@param sim homey.Sim
---@param path string
---@return string
function support.hub(sim, path)
  return ("https://127-0-0-1.homey.homeylocal.com:%d%s"):format(sim.ports.https, path)
end

--- Steps 4 and 5: a hub bearer for an access token.
---@param sim homey.Sim
---@param access string
---@return string
function support.bearer(sim, access)
  local delegated = support.curl(sim, {
    url = "https://api.athom.com//delegation/token?audience=homey", method = "POST",
    bearer = access,
    headers = { ["Content-Length"] = "0" },
  })
  local reply = support.curl(sim, {
    url = support.hub(sim, "/api/manager/users/login"), json = { token = delegated.json },
    headers = { ["X-Homey-ID"] = sim.hub_id },
  })
  return (assert(reply.status == 200 and reply.json, reply.said))
end

--- A request to the hub with its token and id, over TLS.
---@param sim homey.Sim
---@param request table|string  its url is a path
---@return table reply
function support.ask(sim, request)
  if type(request) == "string" then request = { url = request } end
  local headers = { ["X-Homey-ID"] = sim.hub_id }
  for name, value in pairs(request.headers or {}) do headers[name] = value end
  return support.curl(sim, {
    url = support.hub(sim, request.url), method = request.method, headers = headers,
    body = request.body,
    json = request.json, timeout = request.timeout, more = request.more,
    bearer = request.bearer or sim.pat_options.token,
  })
end

return support
