-- Directory of a home: finds devices, zones, flows, variables and users by id or name, in the lists
-- of the hub. When a name is missing, the lists are read again before an error is raised.
--
-- Invariant: names are looked up in lists that are at most a minute old, unless events keep the
-- lists up to date or the hub is unreachable. Names may be given to other devices at any time; when
-- the hub is unreachable, the old lists are the best guess.

local Registry = require "homey.model.registry"
local fiber = require "homey.task.fiber"
local lazy = require "homey.util.lazy"
local arguments = require "homey.util.arguments"
local new_error = require "homey.error"
local raise = require "homey.util.raise"
local resource_types = require "homey.model.resource_types"
local text = require "homey.util.text"
local try = require "homey.task.try"

local backoff = lazy "homey.util.backoff"
local log = lazy "homey.util.log"
local format = lazy "homey.util.format"
local answer_status = lazy "homey.util.answer_status"
local filter = lazy "homey.model.filter"
local single_flight = lazy "homey.task.single_flight"
local Resolver = lazy "homey.model.resolve"
local records = lazy "homey.model.record"

local FRESH = 5      -- seconds for which lists are not read again because a name is missing
local LASTING = 60   -- seconds for which names are looked up in a list without reading it again
local WITHHELD = 600 -- seconds until a forbidden list is requested again

local weak = { __mode = "k" }

-- The word for a kind in a message.
local function word(kind)
  return resource_types[kind].singular or kind
end

---@class homey.Directory
---@field home homey.Home
---@field class_of fun(kind: string): table  the class of the resources of a kind
---@field registries table<string, homey.Registry>
---@field followers table<{follow: fun(self)}, true>  called when devices or zones have changed
local Directory = { __name = "homey.Directory" }
Directory.__index = Directory

--- Make the directory of a home, still empty.
---@param home homey.Home
---@param class_of fun(kind: string): table  the class of the resources of a kind
---@return homey.Directory
function Directory.new(home, class_of)
  return setmetatable({ home = home, class_of = class_of, registries = {},
    followers = setmetatable({}, weak) }, Directory)
end

--- The registry of a kind.
---@param kind string
---@return homey.Registry
function Directory:registry(kind)
  self.registries[kind] = self.registries[kind] or Registry.new(self.home, kind, self.class_of)
  return self.registries[kind]
end

function Directory:__tostring()
  return ("homey.Directory: %d devices"):format(#(self:registry("device").list or {}))
end

--- The one object of an id. Its facts may not have been read yet.
---@param kind string
---@param id string
---@return any resource
function Directory:by_id(kind, id)
  return self:registry(kind):by_id(id)
end

-- ---- containers ---------------------------------------------------------------------------------

--- The containers of a resource, outermost first: zones or folders. The search ends at a container
--- without known facts, and at one that was seen before.
---@param kind string
---@param record table  its facts
---@return any[] resources
function Directory:around(kind, record)
  local list, seen, above = {}, { [record.id] = true }, resource_types[kind].above
  local id = above and record[above.key]
  while id and not seen[id] do
    seen[id] = true
    local outer = self:registry(above.kind).known[id]
    if not (outer and outer.record) then break end
    table.insert(list, 1, outer)
    above = resource_types[above.kind].above
    id = outer.record[above.key]
  end
  return list
end

--- The names of the containers of a resource, outermost first.
---@param kind string
---@param record table
---@return string[]
function Directory:path(kind, record)
  if resource_types[kind].path then return resource_types[kind].path(record) end
  local names = self:around(kind, record)
  for i, each in ipairs(names) do names[i] = each.record.name end
  return names
end

-- Makes a function that returns the path of a record. Records in the same container share the path.
local function paths(self, kind)
  local above, known = resource_types[kind].above, {}
  if resource_types[kind].path then return resource_types[kind].path end
  return function(record)
    local id = above and record[above.key] or ""
    known[id] = known[id] or self:path(kind, record)
    return known[id]
  end
end

-- Sort keys of a list: the path, then the name.
local function keys_of(self, kind, list)
  local keys, by_key, path_of, above = {}, {}, paths(self, kind), resource_types[kind].above
  local nested = above and above.kind == kind -- a zone comes right before the zones inside it
  for i, resource in ipairs(list) do
    local record = resource.record
    local place = table.concat(path_of(record), "\1")
    if nested then place = (place == "" and "" or place .. "\1") .. record.name end
    keys[i] = place .. "\0" .. record.name .. "\0" .. record.id
    by_key[keys[i]] = resource
  end
  return keys, by_key
end

--- The last read list of a kind, sorted by path and name. The caller must not change it.
---@param kind string
---@return any[]
function Directory:list(kind)
  local registry, above = self:registry(kind), resource_types[kind].above
  if not registry.list then return {} end
  local changes = registry.changes + (above and self:registry(above.kind).changes or 0)
  if registry.sorted == changes then return registry.list end
  local keys, by_key = keys_of(self, kind, registry.list)
  table.sort(keys)
  for i, key in ipairs(keys) do registry.list[i] = by_key[key] end
  registry.sorted, registry.names = changes, nil
  return registry.list
end

-- ---- reading ------------------------------------------------------------------------------------

--- Note that resources were added or removed, or that their facts changed: selections follow.
---@param kind string
function Directory:note_change(kind)
  if kind ~= "device" and kind ~= "zone" then return end
  for follower in pairs(self.followers) do follower:follow() end
end

local function found(self, kind, differences)
  if #differences > 0 then self:note_change(kind) end
  if self.home.cache then self.home.cache:found(kind, differences) end
end

-- Reports whether an error says that the login may not read a list.
local function is_forbidden(err)
  return answer_status(err) == 403 or type(err) == "table" and err.kind == "forbidden"
end

-- The error for a list that the login may not read.
local function forbidden(kind)
  return new_error("forbidden",
    ("this login may not read the %ss of the hub: it lacks the scope %s. Log in with one that has "
      .. "it, "
    .. "or make a new API key."):format(word(kind), resource_types[kind].scope), { status = 403 })
end

--- Log, once, that the login may not read a list or get its events.
---@param kind string
function Directory:note_forbidden(kind)
  local registry = self:registry(kind)
  if registry.logged_forbidden then return end
  registry.logged_forbidden = true
  log("warning",
    ("the %ss of the hub cannot be read: this login lacks the scope %s. All that does not need "
      .. "them works.")
    :format(word(kind), resource_types[kind].scope), self.home.label)
end

-- Continues without a forbidden list that is only needed for the paths of another kind.
local function do_without(self, kind, asked)
  local registry = self:registry(kind)
  self:note_forbidden(kind)
  registry.forbidden = true
  local replies = {}
  for i in ipairs(resource_types[kind].items) do replies[i] = {} end
  return registry:take(replies, asked)
end

-- The answer to a list request. A list that this hub does not have counts as empty.
local function reply_of(kind, item, answer)
  local err = answer.error
  if err and item.maybe and answer_status(err) == 404 then return {} end
  if err then return nil, err end
  if type(answer.value) == "table" then return answer.value end
  return nil,
    new_error("protocol",
      ("the hub answered no list of %ss, but %s."):format(word(kind), format(answer.value)))
end

local function replies_of(kind, answers)
  local replies = {}
  for i, item in ipairs(resource_types[kind].items) do
    local reply, err = reply_of(kind, item, answers[i])
    if err then return nil, err end
    replies[i] = reply
  end
  return replies
end

-- The kind that needs `kind` only for the paths of its items, as devices need zones; nil when there
-- is none.
local function wanted_for(kinds, kind)
  for _, other in ipairs(kinds) do
    for _, each in ipairs(other ~= kind and resource_types[other].reads or {}) do
      if each == kind then return other end
    end
  end
end

--- Read lists in parallel, and notify of the differences. A list that is only needed for the paths
--- of another kind may be forbidden.
---@param kinds string[]
function Directory:read(kinds)
  local scheduler, all, by_kind, failure = self.home.scheduler, {}, {}, nil
  local asked = scheduler.core_loop:now()
  for _, kind in ipairs(kinds) do
    by_kind[kind] = {}
    for i, item in ipairs(resource_types[kind].items) do
      local answer = self.home:read(item.path, records.list_request(kind, item))
      by_kind[kind][i], all[#all + 1] = answer, answer
    end
  end
  scheduler:settle(all)
  local differences = {}
  for _, kind in ipairs(kinds) do
    local replies, err = replies_of(kind, by_kind[kind])
    local registry = self:registry(kind)
    local wanted = err and is_forbidden(err) and wanted_for(kinds, kind)
    if replies then
      registry.forbidden, registry.logged_forbidden, differences[kind] = nil, nil,
        registry:take(replies, asked)
    elseif wanted and replies_of(wanted, by_kind[wanted]) then
      differences[kind] = do_without(self, kind, asked)
    elseif not wanted then -- when `wanted` failed, too, its error is raised
      failure = failure or is_forbidden(err) and forbidden(kind) or err
    end
  end
  for _, kind in ipairs(kinds) do
    if differences[kind] then found(self, kind, differences[kind]) end
  end
  if self.home.keep_names then self.home:keep_names() end
  if failure then raise(failure) end
end

-- Reports whether events keep a list up to date.
local function is_informed(self, kind)
  local cache = self.home.cache
  return cache and cache:has(kind)
end

-- Reports whether a list was read recently enough.
local function is_good(self, kind, age)
  local registry = self:registry(kind)
  if not registry.list then return false end
  if registry.forbidden then
    return self.home.scheduler.core_loop:now() - registry.read_at < WITHHELD
  end
  return not age or is_informed(self, kind)
    or self.home.scheduler.core_loop:now() - registry.read_at < age
end

--- Make sure that lists were read. Tasks that need them at the same time share one reading.
---@param kinds string[]
---@param age? number  greatest age in seconds, unless events keep the list up to date; nil: any
---@return boolean read  this call has read them
function Directory:need(kinds, age)
  local missing = {}
  for i, kind in ipairs(kinds) do
    if not is_good(self, kind, age) or i == #kinds and self:registry(kind).forbidden then
      missing[#missing + 1] = kind
    end
  end
  if #missing == 0 then return false end
  if fiber.current() then
    single_flight(self, table.concat(missing, " "), self.home.scheduler, self.read, self, missing)
  else
    self:read(missing) -- nothing can cancel the main program, so this needs no task of its own
  end
  return true
end

--- The error for a missing resource. It is `unavailable` when the hub's list of its kind is empty:
--- the hub may be starting.
---@param kind string
---@param err homey.Error
---@return homey.Error
function Directory:doubt(kind, err)
  if not self:registry(kind).empty_since or err.kind ~= "not_found" then return err end
  local said = err.message:gsub("[.?]$", "")
    .. ("; but the hub lists no %ss at all and may still be starting. Try again in a minute.")
  return new_error("unavailable", said:format(word(kind)), { status = err.status })
end

--- The error for an id that does not exist.
---@param kind string
---@param id string
---@return homey.Error
function Directory:missing(kind, id)
  return self:doubt(kind,
    new_error("not_found", ("there is no %s with the id '%s'."):format(word(kind), id),
      { status = 404 }))
end

--- The error for an id that the hub does not know. It reads the list first, which shows whether the
--- hub is starting.
---@param kind string
---@param id string
---@return homey.Error
function Directory:unknown(kind, id)
  try(self.need, self, resource_types[kind].reads, FRESH)
  return self:missing(kind, id)
end

-- Applies the answer to a reading of one resource.
local function take_reading(self, kind, resource, answer, asked)
  if answer_status(answer.error) == 404 then raise(self:unknown(kind, resource.id)) end
  if answer.error then raise(answer.error) end
  if type(answer.value) ~= "table" then
    raise(new_error("protocol",
      ("the hub answered no %s for %s."):format(kind, tostring(resource))))
  end
  self:received(kind, resource, answer.value, asked)
end

--- Apply a reading of one resource, and notify of the differences.
---@param kind string
---@param resource any
---@param raw table
---@param asked number  time of the request
function Directory:received(kind, resource, raw, asked)
  if resource_types[kind].normalize then resource_types[kind].normalize(raw) end
  raw.id = resource.id
  local registry, was_gone = self:registry(kind), resource.gone
  local told = registry:told_since(resource.id, asked)
  if told and told.gone then return end
  local before = registry:learn(resource, raw, {
    item = resource_types[kind].items[1].name, asked = asked,
    now = self.home.scheduler.core_loop:now(), newer = told ~= nil,
  })
  if was_gone then registry:add(resource) end
  if before or was_gone then found(self, kind, { { resource = resource, before = before } }) end
end

--- Read one resource again: by itself when the hub has such a request, else with its list.
---@param kind string
---@param resource any
function Directory:read_one(kind, resource)
  local item, scheduler = resource_types[kind].items[1], self.home.scheduler
  local asked = scheduler.core_loop:now()
  if item.one then
    local answer = self.home:read(item.path .. "/" .. text.escape(resource.id),
      records.one_request(kind, resource.id))
    scheduler:settle { answer }
    return take_reading(self, kind, resource, answer, asked)
  end
  self:read(resource_types[kind].reads)
  if resource.gone or not resource.record then raise(self:missing(kind, resource.id)) end
end

-- ---- finding ------------------------------------------------------------------------------------

-- Reports whether events keep all these lists up to date.
local function informed(self, kinds)
  for _, kind in ipairs(kinds) do
    if not is_informed(self, kind) then return false end
  end
  return true
end

local function look_up(self, kind, ref)
  local registry, list = self:registry(kind), self:list(kind)
  local known = registry.known[ref] -- by an id that is no UUID
  if known and registry.here[known] then return known end
  if not registry.names then
    local items, path_of = {}, paths(self, kind)
    for i, resource in ipairs(list) do
      local record = resource.record
      items[i] = { id = record.id, name = record.name, path = path_of(record), resource = resource }
    end
    registry.names = Resolver.new(items)
  end
  return registry.names:find(ref, word(kind))
end

local function has_all(self, kinds)
  for _, kind in ipairs(kinds) do
    if not self:registry(kind).list then return false end
  end
  return true
end

-- Reads lists that are too old. Returns a transient error when there are older lists to use; raises
-- any other error.
local function outage(self, kinds)
  local _, err = try(self.need, self, kinds, LASTING)
  if err and not (backoff.is_transient(err) and has_all(self, kinds)) then raise(err) end
  return err
end

-- Finds a name in the known lists; when it is missing there, reads the lists again.
local function find(self, kind, ref)
  local kinds = resource_types[kind].reads
  local away = outage(self, kinds)
  local ok, resource = pcall(look_up, self, kind, ref) -- it does not wait
  if ok then return resource end
  if away then raise(away) end
  for _, each in ipairs(kinds) do -- without this list, paths are not known
    if ref:find("/", 1, true) and self:registry(each).forbidden then raise(forbidden(each)) end
  end
  if not self:need(kinds, FRESH) then raise(self:doubt(kind, resource)) end
  ok, resource = pcall(look_up, self, kind, ref)
  return ok and resource or raise(self:doubt(kind, resource))
end

--- Find a resource by its id, "Name", "Zone/Name" or "Folder/Name". An id makes no request.
---@param kind string
---@param ref any  an id, a name, or the resource itself
---@return any resource
function Directory:find(kind, ref)
  local row, known = resource_types[kind], self:registry(kind).known[ref]
  if known then return known end
  if self.class_of(kind).is(ref) then return ref end
  arguments.check_name(ref, "a %s is named by its id or a name such as '%s', not by ", word(kind),
    row.example)
  if text.is_id(ref) then return self:by_id(kind, text.lower(ref)) end -- as hubs write them
  return find(self, kind, ref)
end

--- All current resources of a kind.
---@param kind string
---@param with? string[]  kinds to read, including `kind`; default: only `kind`
---@return any[]
function Directory:all(kind, with)
  with = with or { kind }
  if not informed(self, with) then self:read(with) end
  local copy = {}
  for i, each in ipairs(self:list(kind)) do copy[i] = each end
  return copy
end

--- The current devices that match a filter.
---@param wanted homey.Filter
---@return homey.Device[]
function Directory:select(wanted)
  filter.check(wanted)
  if not informed(self, resource_types.device.reads) then self:read(resource_types.device.reads) end
  return filter.matching(self, filter.prepare(self, wanted))
end

return Directory
