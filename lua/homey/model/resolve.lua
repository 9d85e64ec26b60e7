-- Resolver of names: finds the resource for "Name", "Zone/Name" or "Zone/Zone/Name". A match with
-- exact spelling is preferred, and then one whose zone directly contains it. Makes no request.

local lazy = require "homey.util.lazy"
local new_error = require "homey.error"
local raise = require "homey.util.raise"
local text = require "homey.util.text"

local format = lazy "homey.util.format"
local suggest = lazy "homey.util.suggest"

local most = 20 -- items that an error lists

---@class homey.Named
---@field id string
---@field name string
---@field path string[]   names of the zones that contain it, outermost first
---@field resource any     the result when it is found

---@class homey.Resolver
---@field items homey.Named[]
---@field exact table<string, homey.Named[]>
---@field folded table<string, homey.Named[]>
---@field seen table<string, homey.Named[]>
local Resolver = { __name = "homey.Resolver" }
Resolver.__index = Resolver

function Resolver:__tostring()
  return ("homey.Resolver: %d names"):format(#self.items)
end

local function as_is(s)
  return s
end

local function index_by(items, spelling)
  local index = {}
  for _, item in ipairs(items) do
    local name = spelling(item.name)
    index[name] = index[name] or {}
    table.insert(index[name], item)
  end
  return index
end

-- Reports whether "Zone/Zone" matches the end of the path up to `last`. With `gaps`, zones of the
-- path may be left out.
local function names_path(wanted, path, last, spelling, gaps)
  for k = last, gaps and 1 or math.max(last, 1), -1 do
    local zone = spelling(path[k])
    if wanted == zone then return true end
    local before = wanted:sub(1, -#zone - 2)
    if wanted == before .. "/" .. zone and names_path(before, path, k - 1, spelling, gaps) then
      return true
    end
  end
  return false
end

local function gather(found, items, zones, spelling, gaps)
  for _, item in ipairs(items or {}) do
    if not zones or names_path(zones, item.path, #item.path, spelling, gaps) then
      found[#found + 1] = item
    end
  end
end

-- All items that a reference may mean; a name may contain slashes.
local function matches(index, ref, spelling, gaps)
  local found = {}
  ref = spelling(ref)
  gather(found, index[ref], nil, spelling, gaps)
  local slash = ref:find("/", 1, true)
  while slash do
    gather(found, index[ref:sub(slash + 1)], ref:sub(1, slash - 1), spelling, gaps)
    slash = ref:find("/", slash + 1, true)
  end
  return found
end

--- Make a resolver of names.
---@param items homey.Named[]
---@return homey.Resolver
function Resolver.new(items)
  return setmetatable({ items = items }, Resolver)
end

-- Lists ambiguous items as "Zone/Name"; with the whole path when two are equal, and with the id
-- when two whole paths are equal.
local function choices(found)
  local times, paths, names = {}, {}, {}
  local function short(item)
    return item.path[#item.path] and item.path[#item.path] .. "/" .. item.name or item.name
  end
  local function long(item)
    return table.concat(item.path, "/") .. "/" .. item.name
  end
  for _, item in ipairs(found) do
    times[short(item)] = (times[short(item)] or 0) + 1
    paths[long(item)] = (paths[long(item)] or 0) + 1
  end
  for i, item in ipairs(found) do
    local name = times[short(item)] == 1 and short(item) or long(item)
    names[i] = paths[long(item)] == 1 and ("'%s'"):format(name)
      or ("'%s' (%s)"):format(name, item.id)
  end
  table.sort(names)
  local rest = #names - most
  if rest < 1 then return table.concat(names, ", ") end
  return ("%s and %d more"):format(table.concat(names, ", ", 1, most), rest)
end

-- The names for a suggestion, with their zones when the reference has a zone.
local function all_names(items, ref)
  local names, with_zone = {}, ref:find("/", 1, true)
  for i, item in ipairs(items) do
    local zone = with_zone and item.path[#item.path]
    names[i] = zone and zone .. "/" .. item.name or item.name
  end
  return names
end

local function ambiguous(kind, ref, found)
  local sentence = "%s may be any of %d %ss: %s. Say which one."
  return new_error("ambiguous", sentence:format(format(ref), #found, kind, choices(found)))
end

local tries = {
  { index = "exact", spelling = as_is }, { index = "exact", spelling = as_is, gaps = true },
  -- the remaining indexes are seldom needed, and are made only then
  { index = "folded", spelling = text.fold },
  { index = "folded", spelling = text.fold, gaps = true },
  { index = "seen", spelling = text.seen }, { index = "seen", spelling = text.seen, gaps = true },
}

--- Find the resource of a reference. Raises not_found or ambiguous.
---@param ref string
---@param kind string  "device" or "zone", for the message
---@return any resource
function Resolver:find(ref, kind)
  for _, try in ipairs(tries) do
    self[try.index] = self[try.index] or index_by(self.items, try.spelling)
    local found = matches(self[try.index], ref, try.spelling, try.gaps)
    if #found == 1 then return found[1].resource end
    if #found > 1 then raise(ambiguous(kind, ref, found)) end
  end
  local hint = suggest.hint(ref, all_names(self.items, ref))
  raise(new_error("not_found", ("there is no %s %s"):format(kind, format(ref)) .. hint))
end

return Resolver
