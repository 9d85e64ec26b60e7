-- Registry of one kind of resources: the one object for each id, and which of them the hub lists.
--
-- Invariant: what the hub has sent by itself since a list was requested is newer than the list.

local invalid_data = require "homey.model.invalid_data"
local resource_types = require "homey.model.resource_types"
local records = require "homey.model.record"

local MOST = 10000   -- resources of a kind, far more than any hub has: a bound on memory
local LONGEST = 600  -- seconds that a reading may take
local STARTING = 120 -- seconds for which a hub whose list is empty all at once counts as starting

---@class homey.Registry
---@field home homey.Home
---@field kind string
---@field class_of fun(kind: string): table
---@field known table<string, any>  the one object for each id, as long as somebody holds it
---@field list? any[]               those that the hub lists
---@field here table<any, true>     the same
---@field read_at? number           when the list came
---@field asked? number             when it was requested
---@field changes integer           how often its order may have changed
---@field sorted? integer           `changes` when it was sorted
---@field names? homey.Resolver     of those in the list
---@field told table<string, {at: number, gone: boolean}>  ids with recent events
---@field told_before table         the same, of the period before
---@field turned number             when the period began
---@field noted integer             how many are in `told`
---@field empty_since? number       the list is empty since then, which is not believed yet
---@field report homey.Report       is called with invalid data
local Registry = { __name = "homey.Registry" }
Registry.__index = Registry

--- A registry, still empty.
---@param home homey.Home
---@param kind string
---@param class_of fun(kind: string): table  the class of the resources of a kind
---@return homey.Registry
function Registry.new(home, kind, class_of)
  return setmetatable({
    home = home, kind = kind, class_of = class_of, known = setmetatable({}, { __mode = "v" }),
    here = {}, changes = 0, told = {},
    told_before = {}, turned = 0, noted = 0, report = invalid_data.of(home),
  }, Registry)
end

function Registry:__tostring()
  return ("homey.Registry: %s, %d"):format(self.kind, #(self.list or {}))
end

--- The one object of an id, whether it was read or not.
---@param id string
---@return any resource
function Registry:by_id(id)
  local resource = self.known[id]
  if not resource then
    resource = self.class_of(self.kind).new(self.home, id)
    self.known[id] = resource
  end
  return resource
end

-- The order and the names of the list are computed anew when they are next needed.
local function reorder(self)
  self.changes, self.names = self.changes + 1, nil
end

---@class homey.Difference  what a reading found to differ
---@field resource any
---@field before? table  its facts as they were; nil: it is new
---@field gone? boolean

--- Note that the hub has sent a resource: newer than any reading requested before. More ids than a
--- hub has are forgotten sooner.
---@param id string
---@param gone boolean
function Registry:note(id, gone)
  local now = self.home.scheduler.core_loop:now()
  if now - self.turned > LONGEST or self.noted >= MOST then
    self.told_before, self.told, self.turned, self.noted = self.told, {}, now, 0
  end
  if not self.told[id] then self.noted = self.noted + 1 end
  self.told[id] = { at = now, gone = gone }
end

--- Is the list full, so that an unknown id is refused?
---@param id string
---@return boolean
function Registry:is_full(id)
  return self.list ~= nil and #self.list >= MOST and not self.known[id]
end

--- What the hub has sent of an id by itself since a reading was requested.
---@param id string
---@param asked number
---@return {at: number, gone: boolean}?
function Registry:told_since(id, asked)
  local told = self.told[id] or self.told_before[id]
  return told and told.at >= asked and told or nil
end

--- Apply new facts of a resource.
---@param resource any
---@param raw table
---@param how homey.Learning
---@return table? before  what they were
function Registry:learn(resource, raw, how)
  local row, before = resource_types[self.kind], resource.record
  how.report = self.report
  if resource.gone then resource.gone, resource.record, before = false, false, nil end
  if row.learn then
    row.learn(resource, raw, how)
    return before
  end
  if not (how.newer and before) then
    resource.record = records.read(self.kind, raw, not how.asked and before or nil, how.item,
      self.report)
  end
  resource.read_at = how.now
  return before
end

-- Applies the items of the answer to one list request.
local function take_list(self, reply, how, list, here, differences)
  local first = not self.list
  for _, raw in ipairs(records.list(reply, self.report, self.kind)) do
    local told = self:told_since(raw.id, how.asked)
    if #list >= MOST then
      return self.report("list", self.kind, ("more than %d of them"):format(MOST))
    end
    if not (told and told.gone) then
      local resource = self:by_id(raw.id)
      how.newer = told ~= nil
      local before = self:learn(resource, raw, how)
      if not here[resource] then list[#list + 1], here[resource] = resource, true end
      if before or not first then
        differences[#differences + 1] = { resource = resource, before = before }
      end
    end
  end
end

-- Resources that are no longer in the list, unless the hub has sent them meanwhile.
local function take_leave(self, asked, list, here, differences)
  for id, resource in pairs(self.known) do
    if not here[resource] and resource.record and not resource.gone then
      if self:told_since(id, asked) then
        list[#list + 1], here[resource] = resource, true
      else
        if self.here[resource] then
          differences[#differences + 1] = {
            resource = resource, before = resource.record, gone = true,
          }
        end
        resource.gone = true
      end
    end
  end
end

local never_empty = { device = true, zone = true } -- on a hub that has started

local function are_empty(replies)
  for _, reply in ipairs(replies) do
    if next(reply) ~= nil then return false end
  end
  return true
end

-- Is the hub starting, so that known resources must be kept? It answers with empty lists until it
-- has loaded its devices.
local function is_starting(self, replies, now)
  local is_empty, is_known = are_empty(replies), self.list ~= nil and #self.list > 0
  if self.forbidden or not is_empty then -- a forbidden list shows nothing
    self.empty_since = nil
    return is_empty and is_known
  end
  if is_known or not self.list and never_empty[self.kind] then
    self.empty_since = self.empty_since or now
  end
  if self.empty_since and now - self.empty_since >= STARTING then self.empty_since = nil end
  return is_known and self.empty_since ~= nil
end

--- Apply the answers to the list requests. A list that is empty all at once is believed after two
--- minutes; until then `empty_since` is set and nothing changes.
---@param replies table[]  one for each item of the kind
---@param asked number     when they were requested, on the monotonic clock
---@return homey.Difference[]
function Registry:take(replies, asked)
  local now = self.home.scheduler.core_loop:now()
  if self.asked and asked < self.asked then return {} end -- a later one has been answered
  if is_starting(self, replies, now) then
    if self.forbidden then self.asked, self.read_at = asked, now end
    return {}
  end
  local list, here, differences = {}, {}, {}
  for i, item in ipairs(resource_types[self.kind].items) do
    take_list(self, replies[i], { item = item.name, asked = asked, now = now }, list, here,
      differences)
  end
  take_leave(self, asked, list, here, differences)
  self.list, self.here, self.asked, self.read_at = list, here, asked, now
  reorder(self)
  return differences
end

local function moved(self, before, record)
  local above = resource_types[self.kind].above
  return before.name ~= record.name or above ~= nil and before[above.key] ~= record[above.key]
end

--- Add a resource to the list, where the list was read.
---@param resource any
---@return boolean new
function Registry:add(resource)
  if not self.list or self.here[resource] then return false end
  table.insert(self.list, resource)
  self.here[resource] = true
  reorder(self)
  return true
end

--- Apply what the hub has sent by itself of one resource, which is new or has changed.
---@param raw table
---@param item string  the name of the hub's item
---@return any resource
---@return table? before  its facts; nil where it is new
function Registry:take_one(raw, item)
  local now = self.home.scheduler.core_loop:now()
  self:note(raw.id, false)
  self.empty_since = nil
  local resource = self:by_id(raw.id)
  local before = self:learn(resource, raw, { item = item, now = now })
  local new = self:add(resource)
  if self.list and not new and (not before or moved(self, before, resource.record)) then
    reorder(self)
  end
  return resource, before
end

--- A resource was deleted. It keeps its facts for those who are notified.
---@param id string
---@return any resource  nil where it was not known
function Registry:drop(id)
  self:note(id, true)
  local resource = self.known[id]
  if not resource or resource.gone or not resource.record then return nil end
  resource.gone = true
  for i = #(self.list or {}), 1, -1 do
    if self.list[i] == resource then table.remove(self.list, i) end
  end
  self.here[resource] = nil
  reorder(self)
  return resource
end

return Registry
