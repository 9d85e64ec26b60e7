--- Faults on demand: each turns an answer into a plan, a list of homey.sim.Step.
---
--- kind          effect                                         parameters (defaults)
--- delay         a late answer                                  seconds (1)
--- drop          closes without an answer                       -
--- hang          no answer until the client leaves              seconds (no limit)
--- drop_body     closes in the middle of the body               bytes of it (half)
--- truncate      a shorter body with a matching Content-Length  bytes of it (half)
--- cut           closes after a number of bytes                 bytes (0)
--- bad_json      another body                                   body
--- html          a web page with status 200                     status, type, body, headers
--- status        an error                                       status (500), type, body, headers
--- retry_after   429 with Retry-After                           seconds (1), date = true, status
--- headers       other headers; "" removes one                  headers, type
--- chunked       Transfer-Encoding: chunked                     bytes per chunk (100); cut = true:
---                                                              without an end
--- gzip deflate br  a content coding                            bytes: cut there; raw: no zlib
---                                                              frame; label: another
---                                                              Content-Encoding
--- bomb          short gzip of a very long text                 bytes of the text (256 MiB)
--- huge          a very long JSON string                        bytes (80 MiB), chunked
--- drip          a slow answer                                  bytes (1) every seconds (0.001)
--- wrong_length  a wrong Content-Length                         by (10; negative: too short)
--- garbage       no HTTP                                        body
--- close         Connection: close, and closes                  -
--- silent_close  closes after the answer, unannounced           seconds until then
---
--- Kinds for websockets are in homey.sim.server.websocket_faults.
local content_coding = require "homey.sim.server.content_coding"
local response = require "homey.sim.http.response"
local encoding = require "homey.sim.http.encoding"
local pieces = require "homey.sim.server.pieces"

local socket_kinds = require "homey.sim.server.websocket_faults"

---@class homey.sim.Fault
---@field kind string        what goes wrong; the list is in lua/homey/sim/server/faults.lua
---@field route? string      name of a route, a server ("accounts", "api", "cloud", "hub"),
---                          "METHOD /path" with * as a wildcard, or "*" for all (the default)
---@field port? string       only on this port: "https", "http", ...
---@field agent? string      only for requests with this User-Agent: one home of many
---@field times? integer     number of requests; no limit by default
---@field after? integer     number of matching requests that succeed first
---@field executed? boolean  whether the request is carried out; each kind has its default
---@field seconds? number     length of the delay
---@field bytes? integer      size of a part, or of the body
---@field status? integer     HTTP status of the answer
---@field body? string        body of the answer
---@field type? string       Content-Type
---@field headers? table<string, string|{hex: string}>  headers of the answer
---@field by? integer         difference of a wrong Content-Length
---@field raw? boolean        without a zlib frame
---@field cut? boolean        without an end
---@field chunked? boolean    in chunks
---@field date? boolean       Retry-After as a date
---@field label? string       another Content-Encoding

--- One step of an answer: write bytes, sleep, close, or become a websocket.
---@alias homey.sim.Step
---| {write?: string, times?: integer, sleep?: number, close?: boolean, socket?: boolean}

local kinds = {}
local faults = { kinds = kinds }

--- The plan of an answer without a fault.
---@param r homey.sim.Response
---@return homey.sim.Step[]
function faults.plain(r)
  if r.drop then return { { close = true } } end
  if r.hang then return { { sleep = math.huge }, { close = true } } end
  if r.socket then return { { write = response.head(r) }, { socket = true } } end
  return { { write = response.bytes(r) } }
end

local function replace(r, fault, status, content_type, body)
  local new = response.text(fault.status or status, fault.type or content_type, fault.body or body)
  new.method = r.method
  response.set(new, "X-Homey-ID", response.header(r, "X-Homey-ID"))
  for name, value in pairs(fault.headers or {}) do response.set(new, name, value) end
  return new
end

-- Defines a kind: whether the request is carried out by default, and what makes the plan.
local function kind(name, executed, plan) kinds[name] = { executed = executed, plan = plan } end

kind("delay", true, function(r, fault)
  local plan = faults.plain(r)
  table.insert(plan, 1, { sleep = fault.seconds or 1 })
  return plan
end)

kind("drop", false, function() return { { close = true } } end)

kind("hang", false, function(_, fault)
  return { { sleep = fault.seconds or math.huge }, { close = true } }
end)

kind("drop_body", true, function(r, fault)
  local part = r.body:sub(1, fault.bytes or math.floor(#r.body / 2))
  return { { write = response.head_with_length(r) .. part }, { close = true } }
end)

kind("truncate", true, function(r, fault)
  r.body = r.body:sub(1, fault.bytes or math.floor(#r.body / 2))
  return faults.plain(r)
end)

kind("bad_json", true, function(r, fault)
  r.body = fault.body or '{"oops": ]'
  return faults.plain(r)
end)

kind("html", false, function(r, fault)
  local page = replace(r, fault, 200, "text/html; charset=utf-8",
    "<!DOCTYPE html>\n<html><head><title>Welcome</title></head>"
      .. "<body>Log in to the guest network</body></html>")
  response.set(page, "X-Homey-ID", nil) -- it is not from the hub
  return faults.plain(page)
end)

kind("status", false, function(r, fault)
  local status = fault.status or 500
  return faults.plain(replace(r, fault, status, "application/json; charset=utf-8",
    ('{"error":"simulated","error_description":"Simulated failure %d"}'):format(status)))
end)

kind("retry_after", false, function(r, fault)
  local busy = replace(r, fault, 429, "application/json; charset=utf-8",
    '{"error":"too_many_requests"}')
  local seconds = fault.seconds or 1
  local when = fault.date and encoding.http_date(os.time() + math.ceil(seconds))
    or tostring(seconds)
  response.set(busy, "Retry-After", when)
  return faults.plain(busy)
end)

kind("chunked", true, function(r, fault)
  response.set(r, "Transfer-Encoding", "chunked")
  local size, parts = fault.bytes or 100, { response.head(r) }
  for at = 1, #r.body, size do
    local part = r.body:sub(at, at + size - 1)
    parts[#parts + 1] = ("%x\r\n%s\r\n"):format(#part, part)
  end
  parts[#parts + 1] = fault.cut and "" or "0\r\n\r\n"
  return { { write = table.concat(parts) }, fault.cut and { close = true } or nil }
end)

local function encoded(name, coding)
  kind(name, true, function(r, fault)
    r.body = coding(r.body, fault.raw)
    if fault.bytes then r.body = r.body:sub(1, fault.bytes) end
    response.set(r, "Content-Encoding", fault.label or name)
    return faults.plain(r)
  end)
end
encoded("gzip", content_coding.gzip)
encoded("deflate", content_coding.deflate)
encoded("br", content_coding.br)

kind("bomb", false, function(r, fault)
  response.set(r, "Content-Encoding", "gzip")
  r.body = content_coding.bomb(fault.bytes or 256 * 1024 * 1024)
  return faults.plain(r)
end)

kind("huge", false, function(r, fault)
  local block = 65536
  local blocks = math.ceil((fault.bytes or 80 * 1024 * 1024) / block)
  response.set(r, "Content-Type", "application/json; charset=utf-8")
  if not fault.chunked then
    response.set(r, "Content-Length", ("%.0f"):format(blocks * block + 2))
    return {
      { write = response.head(r) .. '"' }, { write = ("x"):rep(block), times = blocks },
      { write = '"' },
    }
  end
  response.set(r, "Transfer-Encoding", "chunked")
  return {
    { write = response.head(r) .. '1\r\n"\r\n' },
    { write = ("%x\r\n%s\r\n"):format(block, ("x"):rep(block)), times = blocks },
    { write = '1\r\n"\r\n0\r\n\r\n' },
  }
end)

kind("drip", true, function(r, fault) return pieces(response.bytes(r), fault) end)

kind("wrong_length", true, function(r, fault)
  local by = fault.by or 10
  response.set(r, "Content-Length", tostring(math.max(0, #r.body + by)))
  return { { write = response.head(r) .. r.body }, by > 0 and { close = true } or nil }
end)

kind("cut", true, function(r, fault)
  return { { write = response.bytes(r):sub(1, fault.bytes or 0) }, { close = true } }
end)

kind("garbage", false, function(_, fault)
  return { { write = fault.body or "SSH-2.0-OpenSSH_9.2\r\n" }, { close = true } }
end)

kind("headers", true, function(r, fault)
  for name, value in pairs(fault.headers or {}) do
    if type(value) == "table" then value = encoding.unhex(value.hex) end -- bytes that are not UTF-8
    response.set(r, name, value ~= "" and value or nil)
  end
  if fault.type then response.set(r, "Content-Type", fault.type) end
  return faults.plain(r)
end)

kind("close", true, function(r)
  response.set(r, "Connection", "close")
  local plan = faults.plain(r)
  plan[#plan + 1] = { close = true }
  return plan
end)

kind("silent_close", true, function(r, fault)
  local plan = faults.plain(r)
  if fault.seconds then plan[#plan + 1] = { sleep = fault.seconds } end
  plan[#plan + 1] = { close = true }
  return plan
end)

local function glob(pattern)
  return "^" .. pattern:gsub("[%^%$%(%)%%%.%[%]%+%-%?]", "%%%0"):gsub("%*", ".*") .. "$"
end

local function matches_client(fault, req)
  if fault.port and fault.port ~= req.port then return false end
  return not fault.agent or fault.agent == (req.headers or {})["user-agent"]
end

--- Whether a fault of a websocket applies.
---@param fault homey.sim.Fault
---@param req homey.sim.Request  that opened the websocket
---@param subject string  a uri or an operation
---@return boolean
function faults.applies_to_socket(fault, req, subject)
  return matches_client(fault, req) and subject:find(glob(fault.route or "*")) ~= nil
end

-- Whether a fault applies to a request.
local function applies(fault, req, route)
  if not kinds[fault.kind] or not matches_client(fault, req) then return false end
  local wanted = fault.route or "*"
  if wanted == "*" or wanted == route or wanted == req.server then return true end
  if wanted == "cloud" then return req.server ~= "hub" end
  if not wanted:find("^%u+ /") then return false end
  return (req.method .. " " .. req.path):find(glob(wanted)) ~= nil
end

--- The first fault that applies, if any. Counts its times.
---@param list homey.sim.Fault[]
---@param predicate fun(fault: homey.sim.Fault): boolean
---@return homey.sim.Fault?
function faults.first(list, predicate)
  for _, fault in ipairs(list) do
    if predicate(fault) and (fault.times or 1) > 0 then
      fault.seen = (fault.seen or 0) + 1
      if fault.seen > (fault.after or 0) then
        if fault.times then fault.times = fault.times - 1 end
        return fault
      end
    end
  end
end

--- The fault of a request, if any.
---@param list homey.sim.Fault[]
---@param req homey.sim.Request
---@param route string  its name
---@return homey.sim.Fault?
function faults.pick(list, req, route)
  return faults.first(list, function(fault) return applies(fault, req, route) end)
end

--- A fault with its defaults; raises where its kind is unknown.
---@param fault homey.sim.Fault
---@return homey.sim.Fault
function faults.new(fault)
  local kind = kinds[fault.kind] or socket_kinds[fault.kind]
  if not kind then
    error("the simulator has no fault of kind '" .. tostring(fault.kind) .. "'.", 0)
  end
  if fault.executed == nil then fault.executed = kind.executed end
  return fault
end

return faults
