-- Request of a fetch: its URL and options, checked, as the core loop takes them.

local core = require "homey.core"
local invalid = require "homey.util.invalid"
local lazy = require "homey.util.lazy"
local option_reader = require "homey.util.options"
local option_tables = require "homey.net.options"
local show = require "homey.util.format"
local text = require "homey.util.text"

local form = lazy "homey.net.form"

---@class homey.FetchRequest
---@field url string
---@field method string
---@field headers string[]  lines "Name: value"
---@field body? string
---@field timeout number    seconds
---@field max integer       bytes
---@field redirects integer  less than 0: none
---@field cafile? string

-- ---- the URL ------------------------------------------------------------------------------------

-- A URL may hold a password or a key, so an error does not quote it.
local function check_url(url)
  if type(url) ~= "string" then
    invalid("homey.fetch takes a URL such as \"https://example.com/prices\", not %s.", show(url))
  end
  if url:find "[%c ]" then
    invalid("homey.fetch: the URL holds a space or a control character. Percent-encode it: a space "
      .. "is %%20.")
  end
  local scheme = url:match "^(%a[%w+.-]*):" or "none"
  if not (text.lower(url):find "^https?://[^/?#]") then
    invalid("homey.fetch takes a URL that begins with https:// or http:// and a host; this one has "
      .. "the scheme %s.", show(scheme))
  end
  return url
end

-- ---- the body -----------------------------------------------------------------------------------

local encoders = {}

function encoders.body(value)
  return value
end

function encoders.json(value)
  local text, problem = core.encode(value)
  return text or invalid("homey.fetch: `json` cannot be sent: %s.", problem), "application/json"
end

function encoders.form(value)
  return form.encode(value)
end

function encoders.multipart(value)
  return form.multipart(value)
end

-- Returns the body and its media type; nothing without a body.
local function body_of(options)
  local found
  for name in pairs(encoders) do
    if options[name] ~= nil then
      if found then invalid("homey.fetch takes one of body, json, form and multipart, not two.") end
      found = name
    end
  end
  if found then return encoders[found](options[found]) end
end

local bare = { GET = true, HEAD = true }

local function method_of(options, has_body)
  local method = options.method and text.upper(options.method) or has_body and "POST" or "GET"
  if not method:find "^%u+$" then
    invalid("homey.fetch: `method` is a word such as \"PUT\", not %s.", show(options.method))
  end
  if has_body and bare[method] then invalid("homey.fetch: a %s has no body.", method) end
  return method
end

-- ---- the headers --------------------------------------------------------------------------------

-- Headers that describe how the request is sent, which libcurl does.
local own = { ["content-length"] = true, ["transfer-encoding"] = true, ["expect"] = true }

local function check_name(name)
  if type(name) ~= "string" or not name:find "^[%w!#$%%&'*+.^_`|~-]+$" then
    invalid("homey.fetch: %s is not the name of a header.", show(name))
  end
  if own[text.lower(name)] then invalid("homey.fetch sends the header %s by itself.", name) end
end

-- A value may be a secret, so an error does not quote it.
local function line_of(name, value)
  local kind = type(value)
  if kind ~= "string" and kind ~= "number" then
    invalid("homey.fetch: the header %s takes text, a number or a list of these, not a %s.",
      name, kind)
  end
  if tostring(value):find "%c" then
    invalid("homey.fetch: the value of the header %s holds a control character.", name)
  end
  return ("%s: %s"):format(name, value)
end

local function lines_of(headers, content_type)
  local lines, names = {}, {}
  for name in pairs(headers) do
    check_name(name)
    names[#names + 1] = name
    if text.lower(name) == "content-type" then content_type = nil end
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local value = headers[name]
    for _, each in ipairs(type(value) == "table" and value or { value }) do
      lines[#lines + 1] = line_of(name, each)
    end
  end
  if content_type then lines[#lines + 1] = "Content-Type: " .. content_type end
  return lines
end

--- The request for a URL and options.
---@param url any
---@param given any
---@return homey.FetchRequest
return function(url, given)
  check_url(url)
  local options = option_reader.read(option_tables.fetch, given)
  local body, content_type = body_of(options)
  return {
    url = url, method = method_of(options, body ~= nil), body = body,
    headers = lines_of(options.headers or {}, content_type),
    timeout = options.timeout, max = options.max, redirects = options.redirects,
    cafile = options.cafile,
  }
end
