--- Encodings: percent-encoding, forms, base64, hexadecimal digits, UUIDs, dates. Pure functions.
local text = require "homey.util.text"

local encoding = {}

--- Percent-encode all characters but the unreserved ones.
---@param s string
---@return string
function encoding.escape(s)
  return (s:gsub("[^%w%-._~]", function(c) return ("%%%02X"):format(c:byte()) end))
end

--- Decode percent-encoded text; with `plus` a "+" is a space, as in forms.
---@param s string
---@param plus? boolean
---@return string
function encoding.unescape(s, plus)
  if plus then s = s:gsub("%+", " ") end
  return (s:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

--- The fields of a form or query. Of several with the same name the first counts.
---@param s string
---@param plus? boolean  as for `unescape`
---@return table<string, string> fields
function encoding.form(s, plus)
  local fields = {}
  for pair in s:gmatch("[^&]+") do
    local name, value = pair:match("^([^=]*)=?(.*)$")
    name = encoding.unescape(name, plus)
    if fields[name] == nil then fields[name] = encoding.unescape(value, plus) end
  end
  return fields
end

--- The problem with the encoding of a form or query; nil where there is none.
---@param s string
---@param allowed? string  further characters allowed unencoded, as a pattern class
---@return string? problem
function encoding.form_problem(s, allowed)
  local stray = s:gsub("%%%x%x", ""):match("[^%w%-._~*&=+" .. (allowed or "") .. "]")
  if stray == "%" then return "a % without two hexadecimal digits" end
  if stray then
    local what = stray:find("[\33-\126]") and "the character " .. stray or "byte " .. stray:byte()
    return what .. ", which is not percent-encoded"
  end
  if not text.is_utf8(encoding.unescape(s)) then return "bytes that are not UTF-8" end
  for pair in s:gmatch("[^&]+") do
    if select(2, pair:gsub("=", "")) ~= 1 then return "a field that is not name=value" end
  end
  if s:find("^&") or s:find("&$") or s:find("&&", 1, true) then return "an empty field" end
end

local base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

--- Base64 for URLs: "-" and "_", no padding.
---@param s string
---@return string
function encoding.base64url(s)
  local out = {}
  for i = 1, #s, 3 do
    local a, b, c = s:byte(i, i + 2)
    local n = a * 65536 + (b or 0) * 256 + (c or 0)
    for k = 1, c and 4 or b and 3 or 2 do
      local digit = math.floor(n / 64 ^ (4 - k)) % 64 + 1
      out[#out + 1] = base64:sub(digit, digit)
    end
  end
  return (table.concat(out):gsub("%+", "-"):gsub("/", "_"))
end

--- Decode base64 of either alphabet.
---@param s string
---@return string?  nil where it is malformed
function encoding.unbase64(s)
  s = s:gsub("%-", "+"):gsub("_", "/"):gsub("=+$", "")
  if s:find("[^%w+/]") or #s % 4 == 1 then return nil end
  local out = {}
  for quad in s:gmatch("..?.?.?") do
    local n = 0
    for k = 1, 4 do
      local digit = quad:sub(k, k)
      n = n * 64 + (digit == "" and 0 or base64:find(digit, 1, true) - 1)
    end
    local bytes = string.char(math.floor(n / 65536), math.floor(n / 256) % 256, n % 256)
    out[#out + 1] = bytes:sub(1, #quad - 1)
  end
  return table.concat(out)
end

--- Bytes as lower-case hexadecimal digits.
---@param s string
---@return string
function encoding.hex(s)
  return (s:gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

--- Hexadecimal digits as bytes.
---@param s string
---@return string
function encoding.unhex(s)
  return (s:gsub("%x%x", function(pair) return string.char(tonumber(pair, 16)) end))
end

--- A version 4 UUID from 16 random bytes.
---@param bytes string
---@return string
function encoding.uuid(bytes)
  local h = encoding.hex(bytes)
  local variant = ("89ab"):sub(bytes:byte(9) % 4 + 1):sub(1, 1)
  return table.concat({
    h:sub(1, 8), h:sub(9, 12), "4" .. h:sub(14, 16), variant .. h:sub(18, 20), h:sub(21, 32),
  }, "-")
end

--- A time in ISO 8601 with milliseconds, as hubs write it.
---@param seconds number  since 1970
---@return string
function encoding.iso(seconds)
  return os.date("!%Y-%m-%dT%H:%M:%S", math.floor(seconds))
    .. (".%03dZ"):format(math.floor(seconds % 1 * 1000))
end

local days = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" }
local months = {
  "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
}

--- A date in the format of HTTP, whatever the locale.
---@param seconds number  since 1970
---@return string
function encoding.http_date(seconds)
  local at = os.date("!*t", math.floor(seconds))
  return ("%s, %02d %s %04d %02d:%02d:%02d GMT"):format(days[at.wday], at.day, months[at.month],
    at.year, at.hour, at.min, at.sec)
end

return encoding
