-- Response of a fetch.

local core = require "homey.core"
local invalid = require "homey.util.invalid"
local new_error = require "homey.error"
local raise = require "homey.util.raise"
local text = require "homey.util.text"

---@class homey.Response
---@field status integer  the status of HTTP. Any status is an answer: 404 is no error
---@field ok boolean  the status is from 200 to 299
---@field headers table<string, string>  by name; upper and lower case are the same. Headers of the
---   same name are joined by ", ", and those of `set-cookie` by a line break
---@field body string  "" where there is none
---@field url string  the URL that answered, after redirects, without a user and password
local Response = { __name = "homey.Response" }
Response.__index = Response

-- Names are kept in lower case.
local by_name = {
  __index = function(headers, name)
    return type(name) == "string" and rawget(headers, text.lower(name)) or nil
  end,
}

local separators = { ["set-cookie"] = "\n" }

-- Reads the lines of a head, each with a NUL at its end.
local function headers_of(lines)
  local headers = {}
  for line in lines:gmatch "[^%z]+" do
    local name, value = line:match "^([^:%s]+):%s*(.-)%s*$"
    if name then
      name = text.lower(name)
      local before = headers[name]
      headers[name] = before and before .. (separators[name] or ", ") .. value or value
    end
  end
  return setmetatable(headers, by_name)
end

local function without_user(url)
  return (url:gsub("^(%a+://)[^/?#]*@", "%1"))
end

--- Make a response of an answer of the core loop.
---@package
---@param answer {status: integer, head: string, body: string}
---@return homey.Response
function Response.new(answer)
  local url, lines = answer.head:match "^([^%z]*)%z?(.*)$"
  return setmetatable({
    status = answer.status, ok = answer.status >= 200 and answer.status < 300,
    headers = headers_of(lines), body = answer.body, url = without_user(url),
  }, Response)
end

function Response:__tostring()
  return ("homey.Response: %d, %d bytes"):format(self.status, #self.body)
end

--- Decode the body as JSON.
--- Raises: protocol.
---@return any value  objects and arrays as tables, null as homey.null
function Response:json()
  if getmetatable(self) ~= Response then
    invalid("response.json is called with a colon: response:json().")
  end
  local value, problem = core.decode(self.body)
  if problem == nil then return value end
  local host = self.url:match "^%a+://([^/?#]*)" or "the server"
  local kind = self.headers["content-type"]
  raise(new_error("protocol", ("the answer of %s is not JSON: %s (status %d, %s). Check the URL.")
    :format(host, (problem:gsub("%.$", "")), self.status, kind or "without a Content-Type"),
    { status = self.status }))
end

return Response
