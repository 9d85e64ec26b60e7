--- Bytes and texts: encodings of forms, URLs and tokens. Pure functions, no sockets.
local text = {}

--- Whether these bytes are valid UTF-8 (no surrogates, nothing overlong).
---@param s string
---@return boolean
function text.is_utf8(s)
  local at = s:find("[\128-\255]")
  while at do
    local rest = s:sub(at, at + 3)
    local found = rest:match("^[\194-\223][\128-\191]")
      or rest:match("^\224[\160-\191][\128-\191]")
      or rest:match("^\237[\128-\159][\128-\191]")
      or rest:match("^[\225-\236\238\239][\128-\191][\128-\191]")
      or rest:match("^\240[\144-\191][\128-\191][\128-\191]")
      or rest:match("^[\241-\243][\128-\191][\128-\191][\128-\191]")
      or rest:match("^\244[\128-\143][\128-\191][\128-\191]")
    if not found then return false end
    at = s:find("[\128-\255]", at + #found)
  end
  return true
end

--- Percent-encode all but the unreserved characters.
---@param s string
---@return string
function text.escape(s)
  return (s:gsub("[^%w%-._~]", function(c) return ("%%%02X"):format(c:byte()) end))
end

--- The opposite; `plus` says that "+" stands for a space, as in forms.
---@param s string
---@param plus? boolean
---@return string
function text.unescape(s, plus)
  if plus then s = s:gsub("%+", " ") end
  return (s:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

--- The fields of a form or query: name to value, and the order they came in.
---@param s string
---@param plus? boolean
---@return table<string, string> fields  the first of each name
---@return string[] names
function text.form(s, plus)
  local fields, names = {}, {}
  for pair in s:gmatch("[^&]+") do
    local name, value = pair:match("^([^=]*)=?(.*)$")
    name = text.unescape(name, plus)
    if fields[name] == nil then fields[name] = text.unescape(value, plus) end
    names[#names + 1] = name
  end
  return fields, names
end

--- What is wrong with the encoding of a form or query, if anything.
---@param s string
---@param allowed? string  further characters that may stand for themselves, as a pattern class
---@return string? problem
function text.form_problem(s, allowed)
  local stray = s:gsub("%%%x%x", ""):match("[^%w%-._~*&=+" .. (allowed or "") .. "]")
  if stray == "%" then return "a % that encodes nothing" end
  if stray then
    local what = stray:find("[\33-\126]") and "the character " .. stray or "byte " .. stray:byte()
    return what .. " not percent-encoded"
  end
  if not text.is_utf8(text.unescape(s)) then return "bytes that are not UTF-8" end
  for pair in s:gmatch("[^&]+") do
    if select(2, pair:gsub("=", "")) ~= 1 then return "a field that is not name=value" end
  end
  if s:find("^&") or s:find("&$") or s:find("&&", 1, true) then return "an empty field" end
end

local base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

--- Base64 as URLs have it: "-" and "_", no padding.
---@param s string
---@return string
function text.base64url(s)
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

--- The bytes behind base64 of either alphabet; nil where it is malformed.
---@param s string
---@return string?
function text.unbase64(s)
  s = s:gsub("%-", "+"):gsub("_", "/"):gsub("=+$", "")
  if s:find("[^%w+/]") or #s % 4 == 1 then return nil end
  local out = {}
  for quad in s:gmatch("..?.?.?") do
    local n = 0
    for k = 1, 4 do
      local digit = quad:sub(k, k)
      n = n * 64 + (digit == "" and 0 or base64:find(digit, 1, true) - 1)
    end
    out[#out + 1] = string.char(math.floor(n / 65536), math.floor(n / 256) % 256, n % 256):sub(1, #quad - 1)
  end
  return table.concat(out)
end

--- Lower-case hexadecimal digits of these bytes.
---@param s string
---@return string
function text.hex(s)
  return (s:gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

--- The bytes of hexadecimal digits.
---@param s string
---@return string
function text.unhex(s)
  return (s:gsub("%x%x", function(pair) return string.char(tonumber(pair, 16)) end))
end

--- A version 4 UUID made of 16 bytes.
---@param bytes string
---@return string
function text.uuid(bytes)
  local h = text.hex(bytes)
  local variant = ("89ab"):sub(bytes:byte(9) % 4 + 1):sub(1, 1)
  return table.concat({
    h:sub(1, 8), h:sub(9, 12), "4" .. h:sub(14, 16), variant .. h:sub(18, 20), h:sub(21, 32),
  }, "-")
end

--- ISO 8601 with milliseconds, as hubs write it.
---@param seconds number  since 1970
---@return string
function text.iso(seconds)
  return os.date("!%Y-%m-%dT%H:%M:%S", math.floor(seconds))
    .. (".%03dZ"):format(math.floor(seconds % 1 * 1000))
end

local days = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" }
local months = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" }

--- A date as HTTP has it, in every locale.
---@param seconds number  since 1970
---@return string
function text.http_date(seconds)
  local at = os.date("!*t", math.floor(seconds))
  return ("%s, %02d %s %04d %02d:%02d:%02d GMT"):format(days[at.wday], at.day, months[at.month], at.year, at.hour, at.min, at.sec)
end

return text
