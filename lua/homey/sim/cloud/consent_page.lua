--- Consent page: the form on which a person presses Allow, with variants for tests.
local encoding = require "homey.sim.http.encoding"

--- The setting `consent`: variants of the page.
---@class homey.sim.Consent
---@field order? string     "name_first" (default) or "value_first"
---@field quotes? string    "double" (default), "single" or "none" (where the value allows it)
---@field entities? boolean the csrf value has characters that HTML escapes
---@field action? string    "absolute" (default), "rooted", "relative", "query" or "missing"
---@field decoys? boolean   adds comments, scripts, another form and similar inputs
---@field cookies? integer  2 sets a second cookie, which must be returned as well

local consent = {}

local function html(s)
  return (s:gsub("[&<>\"']", {
    ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&#x3E;", ['"'] = "&quot;", ["'"] = "&#39;",
  }))
end

local function quoted(variant, value)
  value = html(value)
  if variant.quotes == "single" then return "'" .. value .. "'" end
  if variant.quotes == "none" and value:find("^[%w._%-]+$") then return value end
  return '"' .. value .. '"'
end

local function input(variant, kind, name, value, more)
  local named = ("name=%s value=%s"):format(quoted(variant, name), quoted(variant, value))
  if variant.order == "value_first" then
    named = ("value=%s\n      name=%s"):format(quoted(variant, value), quoted(variant, name))
  end
  return ("<input type=%s %s%s>"):format(quoted(variant, kind), named, more or "")
end

local function action(variant, req)
  local kind, target = variant.action or "absolute", "authorise?" .. (req.query or "")
  if kind == "missing" then return "" end
  if kind == "query" then target = "?" .. (req.query or "") end
  if kind == "rooted" then target = "/" .. target end
  if kind == "absolute" then target = ("https://%s/%s"):format(req.headers.host, target) end
  return " action=" .. quoted(variant, target)
end

local decoys = [[
<!-- <input type="hidden" name="_csrf" value="from-a-comment"> -->
<script>var page = '<input name="_csrf" value="from-a-script">';</script>
<form method="post" action="/logout"><input type="hidden" name="_csrf_logout" value="another-form">
<button name="leave" value="Leave">Leave</button></form>
]]

local look_alikes = [[
<input type="hidden" name="csrf" value="no-underscore">
<input type="hidden" data-name="_csrf" name="_csrf_old" value="old">
<input type="text" name="note" value="name=&quot;_csrf&quot; value=&quot;in-a-value&quot;">
]]

local function radios(variant, homeys)
  local out = {}
  for i, homey in ipairs(homeys) do
    local id = "r" .. i
    local more = (" id=%s%s"):format(quoted(variant, id), #homeys == 1 and " checked" or "")
    out[i] = input(variant, "radio", "resource", "resource.homey." .. homey.id, more)
      .. ("<label for=%s>%s</label>"):format(quoted(variant, id), html(homey.name))
  end
  return table.concat(out, "\n")
end

--- A new page: its HTML, the cookies it sets, and the values that must be returned.
---@param variant homey.sim.Consent
---@param req homey.sim.Request     the request for it
---@param homeys {id: string, name: string}[]
---@param random fun(n: integer): string
---@return {html: string, cookies: string[], expect: table}
function consent.page(variant, req, homeys, random)
  local secret = "s%3A" .. encoding.base64url(random(12)) .. ".x%2F"
    .. encoding.base64url(random(9)) .. "+="
  local field = encoding.base64url(random(9)) .. "-" .. encoding.base64url(random(20))
  if variant.entities then field = field .. "&<\"'+=%é" end
  local expect = { field = field, cookies = { _csrf = secret } }
  local cookies = { "_csrf=" .. secret .. "; Path=/; HttpOnly; Secure" }
  if variant.cookies == 2 then
    expect.cookies.visit = encoding.hex(random(6))
    cookies[2] = "visit=" .. expect.cookies.visit
      .. "; Path=/; Expires=Wed, 01 Jan 2121 00:00:00 GMT; SameSite=Lax"
  end
  local parts = {
    "<!DOCTYPE html>\n<html lang=en><head><meta charset=utf-8>"
      .. "<title>Allow access?</title></head><body>",
    variant.decoys and decoys or "",
    ("<form method=%s%s>"):format(quoted(variant, "post"), action(variant, req)),
    input(variant, "hidden", "_csrf", field),
    variant.decoys and look_alikes or "",
    radios(variant, homeys),
    input(variant, "submit", "allow", "Allow"),
    "</form></body></html>\n",
  }
  return { html = table.concat(parts, "\n"), cookies = cookies, expect = expect }
end

--- The cookies of a request, their values undecoded.
---@param header string?
---@return table<string, string>
function consent.cookies(header)
  local out = {}
  for name, value in (header or ""):gmatch("([^=;%s]+)=([^;]*)") do
    out[name] = value:match("^(.-)%s*$")
  end
  return out
end

return consent
