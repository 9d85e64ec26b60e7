--- HTTP responses of the simulator, and their bytes.
local core = require "homey.core"

---@class homey.sim.Response
---@field status integer
---@field headers string[][]  name and value, in order
---@field body string
---@field drop? boolean       close without an answer
---@field hang? boolean       never answer
---@field socket? boolean     the connection becomes a websocket
---@field method? string      of the request: what answers HEAD is sent without its body

local response = {}

local reasons = {
  [101] = "Switching Protocols",
  [200] = "OK", [201] = "Created", [204] = "No Content", [302] = "Found", [303] = "See Other",
  [400] = "Bad Request", [401] = "Unauthorized", [403] = "Forbidden", [404] = "Not Found",
  [405] = "Method Not Allowed", [408] = "Request Timeout", [415] = "Unsupported Media Type",
  [421] = "Misdirected Request", [429] = "Too Many Requests", [500] = "Internal Server Error",
  [501] = "Not Implemented", [502] = "Bad Gateway", [503] = "Service Unavailable",
  [504] = "Gateway Timeout",
}

--- A response with a body of any content type.
---@param status integer
---@param content_type string
---@param body string
---@param headers? string[][]
---@return homey.sim.Response
function response.text(status, content_type, body, headers)
  local r = { status = status, headers = { { "Content-Type", content_type } }, body = body }
  for _, header in ipairs(headers or {}) do r.headers[#r.headers + 1] = header end
  return r
end

--- A response whose body is already encoded as JSON.
---@param status integer
---@param body string
---@return homey.sim.Response
function response.raw_json(status, body)
  return response.text(status, "application/json; charset=utf-8", body)
end

--- A response with a value, encoded as JSON.
---@param status integer
---@param value any
---@return homey.sim.Response
function response.json(status, value)
  return response.raw_json(status, assert(core.encode(value)))
end

--- An error response in the form of the cloud.
---@param status integer
---@param code string
---@param description? string
---@return homey.sim.Response
function response.failure(status, code, description)
  return response.json(status, { error = code, error_description = description })
end

--- A redirect, with its body.
---@param location string
---@return homey.sim.Response
function response.redirect(location)
  local body = "Found. Redirecting to " .. location
  return response.text(302, "text/plain; charset=utf-8", body, { { "Location", location } })
end

--- The value of a header.
---@param r homey.sim.Response
---@param name string
---@return string?
function response.header(r, name)
  for _, header in ipairs(r.headers) do
    if header[1]:lower() == name:lower() then return header[2] end
  end
end

--- Set a header; nil removes it.
---@param r homey.sim.Response
---@param name string
---@param value string?
function response.set(r, name, value)
  for i = #r.headers, 1, -1 do
    if r.headers[i][1]:lower() == name:lower() then table.remove(r.headers, i) end
  end
  if value then r.headers[#r.headers + 1] = { name, value } end
end

--- The status line and the headers, with the empty line that ends them.
---@param r homey.sim.Response
---@return string
function response.head(r)
  local lines = { ("HTTP/1.1 %d %s"):format(r.status, reasons[r.status] or "Unknown") }
  for _, header in ipairs(r.headers) do lines[#lines + 1] = header[1] .. ": " .. header[2] end
  return table.concat(lines, "\r\n") .. "\r\n\r\n"
end

--- The same with the Content-Length of the body.
---@param r homey.sim.Response
---@return string
function response.head_with_length(r)
  response.set(r, "Content-Length", r.status ~= 204 and tostring(#r.body) or nil)
  return response.head(r)
end

--- All bytes of an answer.
---@param r homey.sim.Response
---@return string
function response.bytes(r)
  local is_bare = r.method == "HEAD" or r.status == 204
  return response.head_with_length(r) .. (is_bare and "" or r.body)
end

return response
