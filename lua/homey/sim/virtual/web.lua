--- Other services in virtual time: home:web{ ["https://api.example.com/prices"] = { json = ... } }
--- says what homey.fetch gets.
---
--- Invariant: nothing is sent. A URL that the test does not list is an error in the automation, and
--- ends the test, even if the automation catches the error.
local core = require "homey.core"
local fiber = require "homey.task.fiber"
local invalid = require "homey.util.invalid"
local option_reader = require "homey.util.options"
local option_tables = require "homey.sim.options"
local format = require "homey.util.format"

---@class homey.sim.WebRequest  what a function of home:web gets
---@field method string  "GET"
---@field url string  with its query
---@field headers table<string, string>  by name, in lower case
---@field body? string  as it was sent

local web = {}

local sentences = {
  network = "%s cannot be reached.", timeout = "%s did not answer in time.",
  tls = "%s showed a certificate that cannot be trusted.",
  protocol = "%s sent something that is not HTTP.",
}

local function host_of(url)
  return url:match "^%a+://([^/?#]*)"
end

-- ---- what the test says -------------------------------------------------------------------------

local function read_reply(url, reply)
  return option_reader.read(option_tables.web_reply, reply,
    ("home:web: the reply of %s"):format(format(url)))
end

--- Set the replies of URLs. A URL without a query is that of every query that is not listed.
---@param loop homey.sim.Loop
---@param pages table<string, homey.sim.WebReply|fun(request: homey.sim.WebRequest): table>
function web.set(loop, pages)
  if type(pages) ~= "table" then
    invalid("home:web takes a table such as { [\"https://api.example.com/prices\"] = { json = {} } "
      .. "}, not %s.", format(pages))
  end
  loop.pages = loop.pages or {}
  for url, reply in pairs(pages) do
    if type(url) ~= "string" or not url:find "^https?://[^/?#]" then
      invalid("home:web takes replies by URL; %s is none.", format(url))
    end
    if type(reply) ~= "function" then read_reply(url, reply) end
    loop.pages[url] = reply
  end
end

--- Raise the error about the first URL that was asked for and not listed.
---@param loop homey.sim.Loop
function web.check(loop)
  local problem = loop.unlisted
  loop.unlisted = nil
  invalid("%s", problem)
end

-- ---- a fetch ------------------------------------------------------------------------------------

local function headers_of(lines)
  local headers = {}
  for _, line in ipairs(lines) do
    local name, value = line:match "^([^:]+): (.*)$"
    headers[name:lower()] = value
  end
  return headers
end

local function find(loop, url)
  local pages = loop.pages or {}
  return pages[url] or pages[url:match "^[^?#]*"]
end

-- The head of a response, as the core has it.
local function head_of(url, reply)
  local lines = { url, ("HTTP/1.1 %d"):format(reply.status) }
  if reply.json ~= nil then lines[#lines + 1] = "Content-Type: application/json" end
  for name, value in pairs(reply.headers or {}) do
    for _, each in ipairs(type(value) == "table" and value or { value }) do
      lines[#lines + 1] = ("%s: %s"):format(name, each)
    end
  end
  return table.concat(lines, "\0") .. "\0"
end

local function body_of(url, reply)
  if reply.json == nil then return reply.body or "" end
  local body, problem = core.encode(reply.json)
  return body or invalid("home:web: `json` of %s cannot be sent: %s.", format(url), problem)
end

-- The values with which the loop answers.
local function result_of(url, reply, request)
  local host = host_of(url)
  if reply.kind then
    return nil, reply.kind, reply.message or sentences[reply.kind]:format(host)
  end
  local body = body_of(url, reply)
  if #body > request.max then
    return nil, "protocol",
      host .. " sent a reply larger than the limit. Raise `max`, or ask for less."
  end
  return { status = reply.status, head = head_of(url, reply), body = body }
end

local function reply_to(loop, url, request)
  local reply = find(loop, url)
  if type(reply) ~= "function" then return reply end
  return reply {
    method = request.method, url = url, headers = headers_of(request.headers), body = request.body,
  }
end

local function refuse(loop, method, url)
  local problem = ("the test has no reply for %s %s. Add one: home:web{ [%q] = { json = {} } }")
    :format(method, url, url)
  local _, task = fiber.current()
  if task then loop.unlisted = loop.unlisted or problem end
  return nil, "invalid", problem
end

--- Answer a fetch as the core does.
---@param loop homey.sim.Loop
---@param url string
---@param request {method: string, headers: string[], timeout: number, max: integer, body: string?}
---@return integer? id
---@return string? kind
---@return string? message
function web.fetch(loop, url, request)
  url = url:gsub("^(%a+://)[^/?#]*@", "%1")
  if find(loop, url) == nil then return refuse(loop, request.method, url) end
  local reply = read_reply(url, reply_to(loop, url, request))
  local delay = reply.delay or 0
  if delay > request.timeout then
    reply, delay = { kind = "timeout" }, request.timeout
  end
  local id
  id = loop:plan(delay, { act = function() loop:answer(id, result_of(url, reply, request)) end })
  return id
end

return web
