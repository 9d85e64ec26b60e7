-- Plan: computes the steps that make a home equal to its tree, in an order that the hub accepts. It
-- sends nothing.

local Folder = require "homey.cli.tree.folder"
local base = require "homey.cli.tree.base"
local canonical = require "homey.cli.tree.canonical"
local contents_of = require "homey.cli.tree.contents"
local definition = require "homey.model.flow_definition"
local differences = require "homey.cli.tree.differences"
local ids = require "homey.cli.tree.ids"
local invalid = require "homey.util.invalid"
local kinds = require "homey.cli.tree.kinds"
local match = require "homey.cli.tree.match"
local references = require "homey.cli.tree.references"
local snapshot = require "homey.cli.tree.snapshot"
local text = require "homey.util.text"

---@class homey.cli.TreeChange
---@field field string
---@field from any
---@field to any
---@field conflict? boolean  the home has changed it since the export
---@field names? {from: string?, to: string?}  of things that the ids stand for

---@class homey.cli.TreeStep
---@field action "create"|"change"|"delete"|"skip"|"keep"
---@field kind homey.cli.TreeKind
---@field name string        with the names around it
---@field entry? homey.cli.TreeEntry
---@field id? string         at the home
---@field before? table      as the home has it
---@field wanted? table      state after the step; has ids of the tree for things not created yet
---@field changes homey.cli.TreeChange[]
---@field conflict? string   how the home has changed since the export
---@field problem? string    why it cannot be done
---@field why? string        why nothing is done

---@class homey.cli.Plan
---@field steps homey.cli.TreeStep[]
---@field folder homey.cli.TreeFolder
---@field contents homey.cli.Contents
---@field all homey.cli.Snapshot
---@field base? homey.cli.TreeBase
---@field is_other boolean
---@field map table<string, string>  ids of the tree -> ids of the home

local plan = {}

-- ---- one step -----------------------------------------------------------------------------------

-- Returns a thing as the last export wrote it.
local function known_of(self, row, id)
  if self.is_other or not self.base then return nil end
  return self.base.by_id[row.name][id]
end

-- Reports whether a value refers to a thing that the plan creates. The new id is not known yet.
local function refers_to_new(self, value)
  for id in pairs(ids.of(value)) do
    if self.is_new[id] then return true end
  end
  return false
end

-- The name of a thing; its id where there is no such thing.
local function name_of(self, kind, id)
  if id == nil then return nil end
  local item, entry = self.all[kind].by_id[id], self.contents.by_id[kind][id]
  if item then return self.name_at_home(kinds[kind], item) end
  return entry and entry.item.name or id
end

local function changes_of(self, row, before, wanted, options)
  local list, known = {}, known_of(self, row, before.id)
  for _, member in ipairs(row.members) do
    local name = member.name
    local is_kept = name == "value" and options.keep_values
    if not is_kept and (not canonical.equal(before[name], wanted[name])
      or refers_to_new(self, wanted[name])) then
      list[#list + 1] = {
        field = name, from = before[name], to = wanted[name],
        conflict = known ~= nil and not canonical.equal(before[name], known[name]) or nil,
        names = member.refers and {
          from = name_of(self, member.refers, before[name]),
          to = name_of(self, member.refers, wanted[name]),
        } or nil,
      }
    end
  end
  return list
end

local function fixed_problem(row, changes)
  for _, change in ipairs(changes) do
    for _, member in ipairs(row.members) do
      if member.name == change.field and (member.fixed or member.required and change.to == nil) then
        return member.fixed and ("the hub does not change its `%s`."):format(member.name)
          or ("it needs `%s`."):format(member.name)
      end
    end
  end
end

local function conflict_of(changes)
  local names = {}
  for _, change in ipairs(changes) do
    if change.conflict then names[#names + 1] = change.field end
  end
  return #names > 0 and ("changed at the home since the export: %s"):format(
    table.concat(names, ", ")) or nil
end

local function change_step(self, entry, step, options)
  local row, before = entry.kind, entry.match
  step.id, step.before = before.id, before
  if self.is_other and row.name == "zone" and not before.parent then return nil end
  step.changes = changes_of(self, row, before, step.wanted, options)
  if #step.changes == 0 then return nil end
  step.action, step.conflict = "change", conflict_of(step.changes)
  if #differences.lines(step.changes) == 0 then step.why = "it refers to what is created" end
  step.problem = fixed_problem(row, step.changes)
  return step
end

local function missing_member(row, wanted)
  for _, member in ipairs(row.members) do
    if member.required and wanted[member.name] == nil then
      return ("it needs `%s`."):format(member.name)
    end
  end
end

local function create_step(self, entry, step)
  local row = entry.kind
  if not row.create then
    step.action, step.why = "skip", "the home has no such device; it cannot be created"
    return step
  end
  step.action = "create"
  step.problem = missing_member(row, step.wanted)
  if known_of(self, row, entry.item.id) then
    step.conflict = "removed at the home since the export"
  end
  return step
end

-- ---- the ids of the home ------------------------------------------------------------------------

local function make_map(self)
  self.is_new = {}
  for _, entry in ipairs(self.contents) do
    if not entry.match and entry.kind.create then self.is_new[entry.item.id] = true end
    if entry.match and entry.match.id ~= entry.item.id then
      self.map[entry.item.id] = entry.match.id
    end
  end
end

-- Finds the users of another home by name: a tree does not contain users.
local function map_users(self)
  for _, entry in ipairs(self.contents) do
    for _, part in ipairs(entry.kind.cards and definition.parts(entry.item) or {}) do
      local user = part.args.user
      if type(user) == "table" and type(user.id) == "string" and not self.users()[user.id] then
        local found, count = nil, 0
        for _, each in pairs(self.users()) do
          if each.name == user.name then found, count = each, count + 1 end
        end
        if count == 1 then self.map[user.id] = found.id end
      end
    end
  end
end

local function users_of(home)
  local by_id
  return function()
    if by_id then return by_id end
    by_id = {}
    for _, user in ipairs(home:users()) do by_id[user.id] = user end
    return by_id
  end
end

-- ---- order --------------------------------------------------------------------------------------

local deepest = 64

-- Counts the parents of the same kind in the tree: parents are created first.
local function depth_of(self, entry, add)
  local depth, item = 0, entry.item
  while item and item.parent and depth < deepest do
    local above = self.contents.by_id[entry.kind.name][item.parent]
    item, depth = above and above.item, depth + 1
  end
  if depth == deepest then add(entry, "it is inside itself.") end
  return depth
end

local function sorted(self, add)
  local list, rank, depth = {}, {}, {}
  for i, row in ipairs(kinds) do rank[row] = i end
  for i, entry in ipairs(self.contents) do
    list[i] = entry
    depth[entry] = entry.kind.nests and depth_of(self, entry, add) or 0
  end
  table.sort(list, function(a, b)
    if a.kind ~= b.kind then return rank[a.kind] < rank[b.kind] end
    if depth[a] ~= depth[b] then return depth[a] < depth[b] end
    return a.file < b.file
  end)
  return list
end

-- ---- things that are not in the tree ------------------------------------------------------------

local function delete_step(self, row, item, step)
  local known = known_of(self, row, item.id)
  if not known then
    step.conflict = "new at the home since the export"
  elseif not canonical.equal(known, item) then
    step.conflict = "changed at the home since the export"
  end
  return step
end

local function depth_at_home(all, row, item)
  local depth = 0
  while item and item.parent and depth < deepest do
    item, depth = all[row.name].by_id[item.parent], depth + 1
  end
  return depth
end

local function add_deletions(self, options)
  local taken = {}
  for _, entry in ipairs(self.contents) do
    if entry.match then taken[entry.match] = true end
  end
  for i = #kinds, 1, -1 do
    local row, list = kinds[i], {}
    for _, item in ipairs(self.all[row.name]) do
      local is_root = row.name == "zone" and not item.parent
      if row.delete and not taken[item] and not is_root then list[#list + 1] = item end
    end
    table.sort(list, function(a, b)
      local x, y = depth_at_home(self.all, row, a), depth_at_home(self.all, row, b)
      if x ~= y then return x > y end
      return a.id < b.id
    end)
    for _, item in ipairs(list) do
      local step = {
        action = options.delete and "delete" or "keep", kind = row, id = item.id, before = item,
        name = self.name_at_home(row, item), changes = {}, file = self.all.files[item],
      }
      if options.delete then
        delete_step(self, row, item, step)
      else
        step.why = "not in the tree; --delete removes it"
      end
      self.steps[#self.steps + 1] = step
    end
  end
end

-- ---- references ---------------------------------------------------------------------------------

local function will_exist(self)
  local created, deleted = {}, {}
  for _, row in ipairs(kinds) do created[row.name], deleted[row.name] = {}, {} end
  for _, step in ipairs(self.steps) do
    if step.action == "create" and not step.problem then
      created[step.kind.name][step.entry.item.id] = true
    elseif step.action == "delete" then
      deleted[step.kind.name][step.id] = true
    end
  end
  return function(kind, id)
    if deleted[kind][id] then return false end
    return created[kind][id] or self.all[kind].by_id[id] ~= nil
  end, deleted
end

-- Returns a function that describes a thing which is or was in the tree, and will not exist after
-- the plan.
local function knower(self, exists)
  return function(id)
    for _, row in ipairs(kinds) do
      local entry = self.contents.by_id[row.name][id]
      local item = entry and entry.item or self.base and self.base.by_id[row.name][id]
        or self.all[row.name].by_id[id]
      if item then
        if exists(row.name, id) then return nil end
        return ("%s '%s'"):format(row.words, tostring(item.name))
      end
    end
  end
end

local function deleted_reference(deleted, item)
  for id in pairs(ids.of(item)) do
    for kind, list in pairs(deleted) do
      if list[id] then return { message = ("it uses the %s that would be deleted."):format(
        kinds[kind].words) } end
    end
  end
end

-- Reports whether the same reference was missing already when the tree was exported.
local function was_missing(self, known, each)
  local list = known and self.base.by_id[each.missing]
  return list and not list[each.id] and ids.of(known)[each.id]
end

-- A reference that was missing before does not prevent the step.
local function newly_missing(self, context, entry, wanted)
  local list = references.missing(context, entry.kind, wanted)
  if #list == 0 then return nil end
  local before, known = {}, known_of(self, entry.kind, entry.item.id)
  for _, each in ipairs(entry.match and references.missing(context, entry.kind, entry.match)
    or {}) do
    before[each.id] = true
  end
  for _, each in ipairs(list) do
    if not before[each.id] and not was_missing(self, known, each) then return each end
  end
end

local function check_references(self, options)
  local by_entry, again = {}, true
  for _, step in ipairs(self.steps) do
    if step.entry then by_entry[step.entry] = step end
  end
  while again do -- another thing may need one that was left out
    again = false
    local exists, deleted = will_exist(self)
    local context = {
      home = self.home, exists = exists, known = knower(self, exists), users = self.users,
    }
    for _, entry in ipairs(self.contents) do
      local step, found = by_entry[entry], nil
      if step and not step.problem and (step.action == "create" or step.action == "change") then
        found = newly_missing(self, context, entry, step.wanted)
      elseif not step and options.delete then
        found = deleted_reference(deleted, entry.match or entry.item)
      end
      if found then
        if not step then
          step = self.new_step(entry)
          step.action, step.id, step.before = "change", entry.match.id, entry.match
          by_entry[entry] = step
          table.insert(self.steps, step)
        end
        step.problem, again = found.message, true
      end
    end
  end
end

-- A zone must be empty before it is deleted.
local function check_emptied(self)
  local zone_of = {}
  for _, item in ipairs(self.all.device) do zone_of[item.id] = item.zone end
  for _, step in ipairs(self.steps) do
    if step.kind.name == "device" and step.wanted and step.id then
      zone_of[step.id] = step.wanted.zone
    end
  end
  for _, step in ipairs(self.steps) do
    if step.action == "delete" and step.kind.name == "zone" then
      for _, item in ipairs(self.all.device) do
        if zone_of[item.id] == step.id then
          step.problem = ("the device '%s' is in it."):format(text.visible(item.name))
        end
      end
    end
  end
end

-- ---- the plan -----------------------------------------------------------------------------------

local function check_home(self, options)
  if not self.is_other or options.other_home then return end
  local path = text.visible(self.folder.path)
  if not self.base then
    invalid("%s has no %s, so `homey export` did not write this tree. To use it anyway, add "
      .. "--other-home.", path, base.file)
  end
  invalid("%s is a tree of the home %s, and this is %s. With --other-home its things are matched "
    .. "by name.", path, base.name(self.base.home), base.name(self.all.home))
end

local function name_functions(self)
  local function at_home(kind, id) return self.all[kind].by_id[id] end
  local function in_tree(kind, id)
    local entry = self.contents.by_id[kind][id]
    return entry and entry.item or at_home(kind, id)
  end
  local function name(row, item, find)
    local names = match.names(row, item, find)
    return #names > 0 and table.concat(names, "/") or item.name
  end
  self.name_at_home = function(row, item) return name(row, item, at_home) end
  self.new_step = function(entry)
    local wanted = ids.replace(entry.item, self.map)
    wanted.id = entry.match and entry.match.id or entry.item.id
    return {
      kind = entry.kind, entry = entry, file = entry.file, wanted = wanted, changes = {},
      name = name(entry.kind, entry.item, in_tree),
    }
  end
end

local function add_steps(self, options, problems)
  local function add(entry, problem)
    problems[#problems + 1] = ("%s: %s"):format(text.visible(entry.file), problem)
  end
  for _, entry in ipairs(sorted(self, add)) do
    local step = self.new_step(entry)
    step = (entry.match and change_step or create_step)(self, entry, step, options)
    if step then self.steps[#self.steps + 1] = step end
  end
end

local function leave_out(steps)
  for _, step in ipairs(steps) do
    if step.problem then step.action, step.why, step.problem = "skip", step.problem, nil end
  end
end

--- Make the plan for a tree.
---@param home homey.Home
---@param path string
---@param options {delete: boolean?, other_home: boolean?, keep_values: boolean?, skip_missing:
---       boolean?}
---@return homey.cli.Plan
function plan.make(home, path, options)
  local folder = Folder.at(path)
  local self = {
    home = home, steps = {}, map = {}, folder = folder, base = base.read(folder),
    contents = contents_of.read(folder), users = users_of(home),
  }
  if #self.contents == 0 and not self.base then
    invalid("%s is not a tree. Create one with `homey export`.", text.visible(folder.path))
  end
  self.all = snapshot.read(home)
  self.is_other = not self.base or not base.is_of(self.base, self.all)
  check_home(self, options)
  local problems = {}
  match.run(self.contents, self.all, self.is_other, function(entry, problem)
    problems[#problems + 1] = ("%s: %s"):format(text.visible(entry.file), problem)
  end)
  make_map(self)
  if self.is_other then map_users(self) end
  name_functions(self)
  add_steps(self, options, problems)
  if #problems > 0 then contents_of.refuse(folder, problems) end
  add_deletions(self, options)
  check_emptied(self)
  check_references(self, options)
  if options.skip_missing then leave_out(self.steps) end
  return self
end

return plan
