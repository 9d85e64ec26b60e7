-- Scrubbing: removes personal data from a text. Equal values get the same replacement everywhere in
-- a report, such as ip-1.

local text = require "homey.util.text"

---@class homey.cli.doctor.Scrub
---@field seen table<string, string>   value -> its replacement
---@field count table<string, integer> by kind
---@field literals {[1]: string, [2]: string}[]  texts to replace, and their kinds, longest first
local Scrub = { __name = "homey.cli.doctor.Scrub" }
Scrub.__index = Scrub

--- Make one.
---@return homey.cli.doctor.Scrub
function Scrub.new()
  return setmetatable({ seen = {}, count = {}, literals = {} }, Scrub)
end

local shortest = 3 -- a shorter text may be part of any word

--- Add a text that is replaced wherever it occurs.
---@param kind string  "secret", "name", "folder"
---@param text any
function Scrub:add(kind, text)
  if type(text) ~= "string" or #text < shortest then return end
  table.insert(self.literals, { text, kind })
  table.sort(self.literals, function(a, b)
    if #a[1] ~= #b[1] then return #a[1] > #b[1] end
    return a[1] < b[1]
  end)
end

local function replacement(self, kind, what)
  local key = text.lower(what)
  if not self.seen[key] then
    self.count[kind] = (self.count[kind] or 0) + 1
    self.seen[key] = ("%s-%d"):format(kind, self.count[kind])
  end
  return self.seen[key]
end

local function escaped(text)
  return (text:gsub("[%^%$%(%)%%%.%[%]%*%+%-%?]", "%%%0"))
end

local function ip_of(text)
  local parts = { text:match "^(%d+)[.-](%d+)[.-](%d+)[.-](%d+)$" }
  for _, part in ipairs(parts) do
    if tonumber(part) > 255 then return nil end
  end
  return #parts == 4 and table.concat(parts, ".") or nil
end

-- Names of servers that are the same for everybody.
local function is_public_name(host)
  return host == "localhost" or host:find "^[%w-]+%.athom%.com$" ~= nil
    or host:find "%.homeylocal%.com$" ~= nil or host:find "^id%-%d+%." ~= nil
    or host:find "^ip%-%d+" ~= nil or host:find "^host%-%d+$" ~= nil
end

local function as(kind)
  return function(self, text) return replacement(self, kind, text) end
end

local hex = ("%x"):rep(4)
local uuid = hex .. hex .. "%-" .. hex .. "%-" .. hex .. "%-" .. hex .. "%-" .. hex .. hex .. hex

-- Patterns, and functions that return the replacement; nil keeps the text.
local patterns = {
  { "[%w._%%+-]+@[%w-]+%.[%w.-]+", as "e-mail" },
  { uuid, as "id" },
  { "%f[%w]" .. ("%x"):rep(12) .. "+%f[%W]", as "id" },
  { "%f[%d]%d+[.-]%d+[.-]%d+[.-]%d+%f[%D]", function(self, text)
      local ip = ip_of(text)
      return ip and replacement(self, "ip", ip) or nil
    end },
  { "%x*:[%x:]*:[%x:]+", function(self, text)
      return #text > 6 and not text:find "^%d%d:%d%d" and replacement(self, "ip", text) or nil
    end },
  { "(https?://)([^/%s:%)]+)", function(self, scheme, host)
      if is_public_name(host) then return nil end
      return scheme .. replacement(self, "host", host)
    end },
  { "%f[%w][%w_]+[%w_.-]*%f[^%w_.-]", function(self, text)
      local _, digits = text:gsub("%d", "")
      if #text >= 32 or digits >= 8 and not text:find "^%d%d%d%d%-%d%d%-%d%d" then
        return replacement(self, "text", text)
      end
    end },
}

--- A text without secrets, e-mail addresses, ids, IP addresses, names of hosts and long numbers.
---@param text string
---@return string
function Scrub:text(text)
  for _, literal in ipairs(self.literals) do
    text = text:gsub(escaped(literal[1]), (replacement(self, literal[2], literal[1])))
  end
  for _, row in ipairs(patterns) do
    text = text:gsub(row[1], function(...) return row[2](self, ...) end)
  end
  return text
end

return Scrub
