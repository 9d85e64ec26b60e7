-- Lists in the index: names of flows, moods, variables, users and cards, for completion. A list
-- that this program has not read is kept.

local core = require "homey.core"
local index_file = require "homey.index.index_file"

local lists = {}

local kinds = { "flow", "mood", "variable", "user", "app" }
local card_types = { "action", "condition", "trigger" }

-- Returns names as a user types them: equal names get the name of their parent in front.
local function names_of(directory, kind)
  local times, rows = {}, {}
  local list = directory:registry(kind).list
  for _, each in ipairs(list) do
    times[each.record.name] = (times[each.record.name] or 0) + 1
  end
  for i, each in ipairs(list) do
    local path, name = directory:path(kind, each.record), each.record.name
    local around = path[#path]
    rows[i] = setmetatable({ times[name] > 1 and around and around .. "/" .. name or name,
      around or "" }, core.array)
  end
  return setmetatable(rows, core.array)
end

local function cards_of(list)
  local rows = {}
  for i, card in ipairs(list.cards) do
    rows[i] = setmetatable({ card.id, card.title }, core.array)
  end
  return setmetatable(rows, core.array)
end

local function are_rows(rows)
  for _, row in ipairs(rows) do
    if type(row) ~= "table" or type(row[1]) ~= "string" then return false end
  end
  return true
end

--- The lists of a file, by kind: rows of a name and a word about it.
---@param path string
---@return table<string, string[][]>  empty where it has none
function lists.read(path)
  local file, found = index_file.read(path), {}
  local all = file and core.decode(file.text:sub(file.behind))
  for kind, rows in pairs(type(all) == "table" and all or {}) do
    if type(rows) == "table" and are_rows(rows) then
      found[kind] = setmetatable(rows, core.array)
    end
  end
  return found
end

--- Write the lists that a home has read.
---@param home homey.Home
---@param path string
function lists.save(home, path)
  local directory, new = home.directory, {}
  for _, kind in ipairs(kinds) do
    if directory:registry(kind).list then new[kind] = names_of(directory, kind) end
  end
  local cards = directory.cards
  for _, type in ipairs(card_types) do
    local list = cards and cards.lists[type]
    if list then new[type] = cards_of(list) end
  end
  if not next(new) then return end
  local all = lists.read(path)
  for kind, rows in pairs(new) do all[kind] = rows end
  local body = core.encode(all)
  if body then index_file.write(path, body, home.scheduler.core_loop:time()) end
end

return lists
