--- What goes wrong on demand. A fault turns an answer into a plan: what to write, when, and how it ends.
---
--- kind          what happens                                              parameters (defaults)
--- delay         the answer comes late                                     seconds (1)
--- drop          the connection closes, nothing is said                    -
--- hang          nothing is said until the client leaves                   seconds (for ever)
--- drop_body     it closes in the middle of the body                       bytes of it (half)
--- truncate      the body is cut, and Content-Length fits what is left     bytes of it (half)
--- cut           exactly so many bytes of the whole answer, then it closes bytes (0)
--- bad_json      another body                                              body
--- html          a web page with status 200                                status, type, body, headers
--- status        a failure                                                 status (500), type, body, headers
--- retry_after   429 with Retry-After                                      seconds (1), date = true, status
--- headers       other headers, "" takes one away                          headers, type
--- chunked       Transfer-Encoding: chunked                                bytes per chunk (100), cut = true: no end
--- gzip deflate br  a content coding                                       bytes: cut there; raw: deflate without zlib;
---                                                                         label: another Content-Encoding
--- bomb          gzip that unfolds without end                             bytes unfolded (256 MiB)
--- huge          a JSON string, very long                                  bytes (80 MiB), chunked
--- drip          slowly                                                    bytes (1) every seconds (0.001)
--- wrong_length  Content-Length is wrong by so much                        by (10; negative: less than there is)
--- garbage       no HTTP at all                                            body
--- close         Connection: close, and so it does                         -
--- silent_close  it closes after the answer, unannounced                   seconds until then
---
--- Kinds for websockets are in homey.sim.server.websocket_faults.
local encodings = require "homey.sim.server.content_coding"
local response = require "homey.sim.http.response"
local encoding = require "homey.sim.http.encoding"

local socket_kinds = require "homey.sim.server.websocket_faults"

---@class homey.sim.Fault
---@field kind string
---@field route? string      a route's name, a face ("accounts", "api", "cloud", "hub"), "METHOD /path" with * as a
---                          wildcard, or "*" for every request (the default)
---@field port? string       only on this port: "https", "http", ...
---@field agent? string      only for requests with this User-Agent: one home of many
---@field times? integer     how often; for ever where not given
---@field after? integer     the first so many requests that fit go well
---@field executed? boolean  whether the request is carried out all the same; each kind has its default
---@field seconds? number
---@field bytes? integer
---@field status? integer
---@field body? string
---@field type? string       Content-Type
---@field headers? table<string, string|{hex: string}>
---@field by? integer
---@field raw? boolean
---@field cut? boolean
---@field chunked? boolean
---@field date? boolean
---@field label? string

--- One thing to do to a connection: write bytes, sleep, end, or go on as a websocket.
---@alias homey.sim.Step {write?: string, times?: integer, sleep?: number, close?: boolean, socket?: boolean}

local kinds = {}
local faults = { kinds = kinds }

local function sized(r)
  response.set(r, "Content-Length", r.status ~= 204 and tostring(#r.body) or nil)
  return response.head(r)
end

--- The plan of an answer that nothing is wrong with.
---@param r homey.sim.Response
---@return homey.sim.Step[]
function faults.plain(r)
  if r.drop then return { { close = true } } end
  if r.hang then return { { sleep = math.huge }, { close = true } } end
  if r.socket then return { { write = response.head(r) }, { socket = true } } end
  return { { write = sized(r) .. (r.status == 204 and "" or r.body) } }
end

local function replace(r, fault, status, content_type, body)
  local new = response.text(fault.status or status, fault.type or content_type, fault.body or body)
  response.set(new, "X-Homey-ID", response.header(r, "X-Homey-ID"))
  for name, value in pairs(fault.headers or {}) do response.set(new, name, value) end
  return new
end

--- Each kind: whether the request is carried out by default, and how the plan is made.
local function kind(name, executed, plan) kinds[name] = { executed = executed, plan = plan } end

kind("delay", true, function(r, fault)
  local plan = faults.plain(r)
  table.insert(plan, 1, { sleep = fault.seconds or 1 })
  return plan
end)

kind("drop", false, function() return { { close = true } } end)

kind("hang", false, function(_, fault) return { { sleep = fault.seconds or math.huge }, { close = true } } end)

kind("drop_body", true, function(r, fault)
  return { { write = sized(r) .. r.body:sub(1, fault.bytes or math.floor(#r.body / 2)) }, { close = true } }
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
    "<!DOCTYPE html>\n<html><head><title>Welcome</title></head><body>Log in to the guest network</body></html>")
  response.set(page, "X-Homey-ID", nil) -- it is not of the hub
  return faults.plain(page)
end)

kind("status", false, function(r, fault)
  local status = fault.status or 500
  return faults.plain(replace(r, fault, status, "application/json; charset=utf-8",
    ('{"error":"simulated","error_description":"Simulated failure %d"}'):format(status)))
end)

kind("retry_after", false, function(r, fault)
  local busy = replace(r, fault, 429, "application/json; charset=utf-8", '{"error":"too_many_requests"}')
  local seconds = fault.seconds or 1
  local when = fault.date and encoding.http_date(os.time() + math.ceil(seconds)) or tostring(seconds)
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
encoded("gzip", encodings.gzip)
encoded("deflate", encodings.deflate)
encoded("br", encodings.br)

kind("bomb", false, function(r, fault)
  response.set(r, "Content-Encoding", "gzip")
  r.body = encodings.bomb(fault.bytes or 256 * 1024 * 1024)
  return faults.plain(r)
end)

kind("huge", false, function(r, fault)
  local block = 65536
  local blocks = math.ceil((fault.bytes or 80 * 1024 * 1024) / block)
  response.set(r, "Content-Type", "application/json; charset=utf-8")
  if not fault.chunked then
    response.set(r, "Content-Length", ("%.0f"):format(blocks * block + 2))
    return { { write = response.head(r) .. '"' }, { write = ("x"):rep(block), times = blocks }, { write = '"' } }
  end
  response.set(r, "Transfer-Encoding", "chunked")
  return {
    { write = response.head(r) .. '1\r\n"\r\n' },
    { write = ("%x\r\n%s\r\n"):format(block, ("x"):rep(block)), times = blocks },
    { write = '1\r\n"\r\n0\r\n\r\n' },
  }
end)

kind("drip", true, function(r, fault)
  local bytes, size, plan = sized(r) .. r.body, fault.bytes or 1, {}
  for at = 1, #bytes, size do
    plan[#plan + 1] = { write = bytes:sub(at, at + size - 1) }
    plan[#plan + 1] = { sleep = fault.seconds or 0.001 }
  end
  return plan
end)

kind("wrong_length", true, function(r, fault)
  local by = fault.by or 10 -- more than there is; a negative number is less
  response.set(r, "Content-Length", tostring(math.max(0, #r.body + by)))
  return { { write = response.head(r) .. r.body }, by > 0 and { close = true } or nil }
end)

kind("cut", true, function(r, fault)
  return { { write = (sized(r) .. r.body):sub(1, fault.bytes or 0) }, { close = true } }
end)

kind("garbage", false, function(_, fault)
  return { { write = fault.body or "SSH-2.0-OpenSSH_9.2\r\n" }, { close = true } }
end)

kind("headers", true, function(r, fault) -- changes headers, and nothing else
  for name, value in pairs(fault.headers or {}) do
    if type(value) == "table" then value = encoding.unhex(value.hex) end -- what is no UTF-8, and so no JSON
    response.set(r, name, value ~= "" and value or nil)
  end
  if fault.type then response.set(r, "Content-Type", fault.type) end
  return faults.plain(r)
end)

kind("close", true, function(r) -- an answer that is whole, on a connection that then ends
  response.set(r, "Connection", "close")
  local plan = faults.plain(r)
  plan[#plan + 1] = { close = true }
  return plan
end)

kind("silent_close", true, function(r, fault) -- the same, unannounced
  local plan = faults.plain(r)
  if fault.seconds then plan[#plan + 1] = { sleep = fault.seconds } end
  plan[#plan + 1] = { close = true }
  return plan
end)

local function glob(pattern)
  return "^" .. pattern:gsub("[%^%$%(%)%%%.%[%]%+%-%?]", "%%%0"):gsub("%*", ".*") .. "$"
end

local function is_from(fault, req)
  if fault.port and fault.port ~= req.port then return false end
  return not fault.agent or fault.agent == (req.headers or {})["user-agent"]
end

--- Whether a fault of a websocket is meant for what one of these requests has begun, and for this subject.
---@param fault homey.sim.Fault
---@param req homey.sim.Request
---@param subject string  a uri, an operation
---@return boolean
function faults.concerns(fault, req, subject)
  return is_from(fault, req) and subject:find(glob(fault.route or "*")) ~= nil
end

--- Whether a fault is meant for this request.
---@param fault homey.sim.Fault
---@param req homey.sim.Request
---@param route string  the route's name
---@return boolean
function faults.fits(fault, req, route)
  if not kinds[fault.kind] or not is_from(fault, req) then return false end
  local wanted = fault.route or "*"
  if wanted == "*" or wanted == route or wanted == req.face then return true end
  if wanted == "cloud" then return req.face ~= "hub" end
  if not wanted:find("^%u+ /") then return false end
  return (req.method .. " " .. req.path):find(glob(wanted)) ~= nil
end

--- The first fault that fits and strikes, if any; counts its times.
---@param list homey.sim.Fault[]
---@param fits fun(fault: homey.sim.Fault): boolean
---@return homey.sim.Fault?
function faults.first(list, fits)
  for _, fault in ipairs(list) do
    if fits(fault) and (fault.times or 1) > 0 then
      fault.seen = (fault.seen or 0) + 1
      if fault.seen > (fault.after or 0) then
        if fault.times then fault.times = fault.times - 1 end
        return fault
      end
    end
  end
end

--- The fault that strikes this request, if any.
---@param list homey.sim.Fault[]
---@param req homey.sim.Request
---@param route string
---@return homey.sim.Fault?
function faults.pick(list, req, route)
  return faults.first(list, function(fault) return faults.fits(fault, req, route) end)
end

--- A fault as given, checked.
---@param fault homey.sim.Fault
---@return homey.sim.Fault
function faults.new(fault)
  local kind = kinds[fault.kind] or socket_kinds[fault.kind]
  if not kind then error("the simulator knows no fault of kind '" .. tostring(fault.kind) .. "'", 0) end
  if fault.executed == nil then fault.executed = kind.executed end
  return fault
end

return faults
