-- Matches the entries of a tree with the things of a home: by id, else by name and parent. The
-- match by name finds things that an interrupted run has created, and the things of another home.

local kinds = require "homey.cli.tree.kinds"
local text = require "homey.util.text"

local deepest = 64 -- folders and zones around a thing

local match = {}

-- ---- places -------------------------------------------------------------------------------------

-- Reports whether an item is the root zone. It is left out of full names: its name differs from
-- home to home.
local function is_root(row, item) return row.name == "zone" and not item.parent end

--- The names around a thing and its own, outermost first.
---@param row homey.cli.TreeKind
---@param item table
---@param find fun(kind: string, id: string): table?
---@return string[]
function match.names(row, item, find)
  if is_root(row, item) then return {} end
  local names, kind = { item.name }, kinds.above_of(row)
  local id = row.above and item[row.above]
  while id and #names < deepest do
    local above = find(kind, id)
    if not above or is_root(kinds[kind], above) then break end
    table.insert(names, 1, above.name)
    id = above.parent
  end
  return names
end

local function key_of(row, item, find)
  return table.concat(match.names(row, item, find), "\0")
end

-- ---- references by name -------------------------------------------------------------------------

local function is_named(names, wanted)
  wanted = text.seen(wanted)
  return text.seen(names[#names] or "") == wanted or text.seen(table.concat(names, "/")) == wanted
end

local function candidates(kind, wanted, all, contents, find)
  local list, seen = {}, {}
  local function add(item)
    if not seen[item.id] and is_named(match.names(kinds[kind], item, find), wanted) then
      seen[item.id], list[#list + 1] = true, item.id
    end
  end
  for _, entry in ipairs(contents) do
    if entry.kind.name == kind then add(entry.item) end
  end
  if #list == 0 then
    for _, item in ipairs(all[kind]) do add(item) end
  end
  return list
end

-- Accepts a name in place of an id: a person may write the name of a zone.
local function resolve(entry, member, all, contents, find, add)
  local wanted = entry.item[member.name]
  if wanted == nil or find(member.refers, wanted) then return end
  local found = candidates(member.refers, wanted, all, contents, find)
  if #found == 1 then
    entry.item[member.name] = found[1]
  elseif #found > 1 then
    add(entry, ("`%s`: several have the name '%s'. Give the id of one."):format(member.name,
      text.visible(wanted)))
  end
end

-- ---- matching -----------------------------------------------------------------------------------

local function by_id(contents, all, taken)
  for _, entry in ipairs(contents) do
    local item = all[entry.kind.name].by_id[entry.item.id]
    if item then entry.match, taken[item] = item, true end
  end
end

-- Groups the unmatched things by a key.
local function free(row, all, taken, key)
  local found = {}
  for _, item in ipairs(all[row.name]) do
    if not taken[item] then
      local at = key(item)
      found[at] = found[at] or {}
      table.insert(found[at], item)
    end
  end
  return found
end

local function unmatched(contents, row, key)
  local list, count = {}, {}
  for _, entry in ipairs(contents) do
    if entry.kind == row and not entry.match then
      local at = key(entry.item)
      count[at] = (count[at] or 0) + 1
      list[#list + 1] = { entry = entry, at = at }
    end
  end
  return list, count
end

-- Matches an entry and a thing only if the key is unique on both sides.
local function by_key(contents, row, all, taken, key_in_tree, key_at_home)
  local waiting, count = unmatched(contents, row, key_in_tree)
  if #waiting == 0 then return end
  local found = free(row, all, taken, key_at_home)
  for _, each in ipairs(waiting) do
    local items = found[each.at]
    if items and #items == 1 and count[each.at] == 1 then
      each.entry.match, taken[items[1]] = items[1], true
    end
  end
end

--- Give each entry its `match`.
---@param contents homey.cli.Contents
---@param all homey.cli.Snapshot
---@param is_other boolean  the tree is of another home
---@param add fun(entry: homey.cli.TreeEntry, problem: string)
function match.run(contents, all, is_other, add)
  local taken = {}
  local function at_home(kind, id) return all[kind].by_id[id] end
  local function in_tree(kind, id)
    local entry = contents.by_id[kind][id]
    return entry and entry.item or at_home(kind, id)
  end
  for _, entry in ipairs(contents) do
    for _, member in ipairs(entry.kind.members) do
      if member.refers then resolve(entry, member, all, contents, in_tree, add) end
    end
  end
  by_id(contents, all, taken)
  for _, row in ipairs(kinds) do
    by_key(contents, row, all, taken, function(item) return key_of(row, item, in_tree) end,
      function(item) return key_of(row, item, at_home) end)
    if is_other and row.name == "device" then
      local function name(item) return item.name end
      by_key(contents, row, all, taken, name, name)
    end
  end
end

return match
