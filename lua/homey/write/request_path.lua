-- Request path checks: make sure that the guards and the hub interpret a path in the same way. A
-- path that a server, a proxy or libcurl may interpret differently is refused. Other paths are
-- compared without regard to case and percent-encoding, as routers do.

local lower = require("homey.util.text").lower

local request_path = {}

local function decode(text)
  return (text:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

local function plain(path)
  return path:match "^[^?#]*"
end

-- Reports a "." or ".." segment. An encoded slash ends a segment, too: some proxies decode it
-- first.
local function has_dot_segment(decoded)
  for segment in decoded:gmatch "[^/]+" do
    if segment == "." or segment == ".." then return true end
  end
  return false
end

--- The reason to refuse a path; nil when its meaning is unambiguous. The query is not checked.
---@param path string
---@return string? sentence
function request_path.fault(path)
  local raw = plain(path)
  local decoded = decode(raw)
  if raw:find "^//" then return 'the path must begin with one "/"' end
  if has_dot_segment(decoded) then return "a path has no segment '.' or '..'" end
  if raw:find("//", 1, true) then return "a path has no '//'" end
  if decoded:find("\\", 1, true) then return "a path has no '\\'" end
end

local function segments(text)
  local list = {}
  for segment in text:gmatch "[^/]+" do list[#list + 1] = segment end
  return list
end

local literals = { "api", "manager", "devices", "device", false, "capability", false }

-- The decoded segments at the placeholders of a pattern; nil when another segment differs.
local function match_open(list, pattern)
  local found = {}
  for i, literal in ipairs(pattern) do
    local segment = list[i] and decode(list[i])
    if not segment or literal and lower(segment) ~= literal then return nil end
    if not literal then found[#found + 1] = segment end
  end
  return found
end

local function match_capability(list)
  local found = match_open(list, literals)
  return found and { id = found[1], capability = found[2] }
end

--- The capabilities that a path may set: none, one, or two when an encoded slash makes the path
--- ambiguous.
---@param path string
---@return {id: string, capability: string}[]
function request_path.capabilities(path)
  local raw, found = plain(path), {}
  found[1] = match_capability(segments(raw))
  if raw:find "%%2[fF]" then
    found[#found + 1] = match_capability(segments((raw:gsub("%%2[fF]", "/"))))
  end
  return found
end

local card = { "api", "manager", "flow", "flowcardaction", false, false, "run" }

--- The flow's action card that a path runs: its uri and id, "homey:device:<id>" and
--- "homey:device:<id>:on"; nil for any other path.
---@param path string
---@return string[]?
function request_path.flow_card(path)
  local raw = plain(path)
  return match_open(segments(raw), card) or match_open(segments((raw:gsub("%%2[fF]", "/"))), card)
end

local arguments = { value = true, deviceid = true, capabilityid = true }

--- The name of an argument of a set in the query of a path. A hub may use it instead of the path
--- and the body.
---@param path string
---@return string? name
function request_path.argument_in_query(path)
  for pair in (path:match "%?(.*)$" or ""):gmatch "[^&;#]+" do
    local name = decode((pair:match "^[^=%[]*"))
    if arguments[lower(name)] then return name end
  end
end

return request_path
