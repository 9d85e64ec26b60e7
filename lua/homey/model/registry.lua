-- Registry of one kind of resources: the one object for each id, and which of them the hub lists.
--
-- Invariant: an event that came after a list was requested is newer than the list.

local lazy = require "homey.util.lazy"
local resource_types = require "homey.model.resource_types"
local null = require("homey.core").null

local invalid_data = lazy "homey.model.invalid_data"
local records = lazy "homey.model.record"

local MOST = 10000   -- resources of a kind, far more than any hub has: a bound on memory
local LONGEST = 600  -- seconds that a reading may take
local STARTING = 120 -- seconds for which a hub whose list is suddenly empty counts as starting

local weak = { __mode = "v" }

---@class homey.Registry
---@field home homey.Home
---@field kind string
---@field class_of fun(kind: string): table
---@field known table<string, any>  the one object for each id, held weakly
---@field list? any[]               the resources in the hub's list
---@field here table<any, true>     the same, as a set
---@field read_at? number           time at which the list came
---@field asked? number             time at which it was requested
---@field changes integer           counts the events that may change the order of the list
---@field sorted? integer           value of `changes` when the list was sorted
---@field names? homey.Resolver     resolver of the names in the list
---@field told table<string, {at: number, gone: boolean}>  ids with recent events
---@field told_before table         the same, for the period before
---@field turned number             start of the current period
---@field noted integer             number of ids in `told`
---@field empty_since? number       the hub's list is empty since then; it is not applied yet
---@field report homey.Report       called with invalid data
local Registry = { __name = "homey.Registry" }
Registry.__index = Registry

--- Make an empty registry.
---@param home homey.Home
---@param kind string
---@param class_of fun(kind: string): table  the class of the resources of a kind
---@return homey.Registry
function Registry.new(home, kind, class_of)
  local function report(what, field, value) invalid_data.note(home, what, field, value) end
  return setmetatable({
    home = home, kind = kind, class_of = class_of, known = setmetatable({}, weak),
    here = {}, changes = 0, told = {},
    told_before = {}, turned = 0, noted = 0, report = report,
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

-- Marks the order and the names of the list as outdated.
local function reorder(self)
  self.changes, self.names = self.changes + 1, nil
end

---@class homey.Difference  a difference that a reading found
---@field resource any
---@field before? table  its facts before; nil: it is new
---@field gone? boolean

--- Note that the hub has sent an event of a resource: it is newer than any reading that was
--- requested before. When there are more ids than a hub can have, they are forgotten sooner.
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

--- Reports whether an unknown id is refused because the list is full.
---@param id string
---@return boolean
function Registry:is_full(id)
  return self.list ~= nil and #self.list >= MOST and not self.known[id]
end

--- The event of an id that came after a reading was requested; nil when there is none.
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
---@return table? before  the facts before
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

-- The resources that are no longer in the list, except those with an event since the request.
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

local never_empty = { device = true, zone = true } -- kinds of which a running hub has some

local function are_empty(replies)
  for _, reply in ipairs(replies) do
    if next(reply) ~= nil then return false end
  end
  return true
end

-- Reports whether the hub seems to be starting, so that known resources must be kept. Until a hub
-- has loaded its devices, it answers with empty lists.
local function is_starting(self, replies, now)
  local is_empty, is_known = are_empty(replies), self.list ~= nil and #self.list > 0
  if self.forbidden or not is_empty then -- a forbidden list is always empty
    self.empty_since = nil
    return is_empty and is_known
  end
  if is_known or not self.list and never_empty[self.kind] then
    self.empty_since = self.empty_since or now
  end
  if self.empty_since and now - self.empty_since >= STARTING then self.empty_since = nil end
  return is_known and self.empty_since ~= nil
end

--- Apply the answers to the list requests. A list that is suddenly empty is applied only after two
--- minutes; until then `empty_since` is set and nothing changes.
---@param replies table[]  one for each item of the kind
---@param asked number     time of the request, on the monotonic clock
---@return homey.Difference[]
function Registry:take(replies, asked)
  local now = self.home.scheduler.core_loop:now()
  if self.asked and asked < self.asked then return {} end -- a later request was answered before
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

--- Apply facts of a resource that the hub has accepted from this program.
---@param resource any
---@param facts table<string, any>
function Registry:accept(resource, facts)
  local before, record = resource.record, {}
  for name, value in pairs(before) do record[name] = value end
  for name, value in pairs(facts) do
    if value == null then record[name] = nil else record[name] = value end
  end
  resource.record = record
  self:note(resource.id, false)
  if self.list and moved(self, before, record) then reorder(self) end
end

--- Add a resource to the list, when the list was read.
---@param resource any
---@return boolean new
function Registry:add(resource)
  if not self.list or self.here[resource] then return false end
  table.insert(self.list, resource)
  self.here[resource] = true
  reorder(self)
  return true
end

--- Apply an event of a resource that is new or has changed.
---@param raw table
---@param item string  the name of the hub's item
---@return any resource
---@return table? before  its facts before; nil when it is new
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

--- Remove a deleted resource. It keeps its facts, which its watchers may read.
---@param id string
---@return any resource  nil when it was not known
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
