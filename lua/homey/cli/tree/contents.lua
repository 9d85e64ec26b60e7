-- Contents of a tree: reads and checks its files. One error lists the problems of all files.

local core = require "homey.core"
local format = require "homey.util.format"
local invalid = require "homey.util.invalid"
local kinds = require "homey.cli.tree.kinds"
local snapshot = require "homey.cli.tree.snapshot"
local suggest = require "homey.util.suggest"
local text = require "homey.util.text"

local null = core.null
local named = 10 -- problems that a message names

---@class homey.cli.TreeEntry
---@field kind homey.cli.TreeKind
---@field file string
---@field item table   its id is that of the hub, or a placeholder until the hub gives one
---@field match? table  the thing at the home

---@class homey.cli.Contents  entries in the order of kinds and paths
---@field by_id table<string, table<string, homey.cli.TreeEntry>>  by kind and id

local contents = {}

-- ---- one file -----------------------------------------------------------------------------------

local words = {
  text = "text", flag = "true or false", value = "text, a number, true or false",
  object = "an object", list = "a list",
}

local function member_of(row, name)
  for _, member in ipairs(row.members) do
    if member.name == name then return member end
  end
end

local function names_of(row)
  local names = { "id" }
  for i, member in ipairs(row.members) do names[i + 1] = member.name end
  return names
end

local function fits(member, value)
  if member.type == "object" then
    return type(value) == "table" and getmetatable(value) ~= core.array
  elseif member.type == "list" then
    return type(value) == "table" and getmetatable(value) == core.array
  end
  return snapshot.fits(member.type, value)
end

local function check_members(row, value, add)
  for _, name in ipairs(suggest.keys(value)) do
    local member = member_of(row, name)
    if name ~= "id" and not member then
      add("there is no member %s%s", format(name), suggest.hint(name, names_of(row)))
    elseif member and value[name] ~= null and not fits(member, value[name]) then
      add("`%s` is %s, not %s.", name, words[member.type], format(value[name]))
    end
  end
end

local rules = {}

function rules.variable(item, add)
  item.type = item.type or type(item.value)
  if item.value ~= nil and type(item.value) ~= item.type then
    add("`value` must be a %s, not %s.", item.type, format(item.value))
  end
end

local function item_of(row, value, file, add)
  check_members(row, value, add)
  local item = { id = value.id }
  for _, member in ipairs(row.members) do
    if value[member.name] ~= null then item[member.name] = value[member.name] end
  end
  if value.id ~= nil and (type(value.id) ~= "string" or value.id == "") then
    add("`id` is %s, not a text.", format(value.id))
  end
  if type(value.id) ~= "string" or value.id == "" then item.id = "new:" .. file end
  if type(item.name) ~= "string" or not item.name:find "%S" then add "it needs a `name`." end
  if row.cards and item.enabled == nil then item.enabled = true end
  if rules[row.name] then rules[row.name](item, add) end
  return item
end

-- ---- all files ----------------------------------------------------------------------------------

local function refuse(folder, problems)
  local more = #problems > named and ("\nand %d more."):format(#problems - named) or ""
  for i = #problems, named + 1, -1 do problems[i] = nil end
  if #problems == 1 then invalid("%s", problems[1]) end
  invalid("%s cannot be used:\n%s%s", text.visible(folder.path), table.concat(problems, "\n"), more)
end

local function add_entry(all, row, file, value, add)
  local item = item_of(row, value, file, add)
  local entry, known = { kind = row, file = file, item = item }, all.by_id[row.name]
  if known[item.id] then
    add("it has the same id as %s.", text.visible(known[item.id].file))
  end
  known[item.id], all[#all + 1] = entry, entry
end

--- Read a tree.
---@param folder homey.cli.TreeFolder
---@return homey.cli.Contents
function contents.read(folder)
  local all, problems = { by_id = {} }, {}
  for _, row in ipairs(kinds) do
    all.by_id[row.name] = {}
    for _, file in ipairs(folder:files(row)) do
      local function add(sentence, ...)
        problems[#problems + 1] = ("%s: %s"):format(text.visible(file), sentence:format(...))
      end
      local value, problem = core.decode(folder:read(file))
      if problem then
        add("it is not valid JSON: %s.", (problem:gsub("%.$", "")))
      elseif type(value) ~= "table" or getmetatable(value) == core.array then
        add "it is not a JSON object."
      else
        add_entry(all, row, file, value, add)
      end
    end
  end
  if #problems > 0 then refuse(folder, problems) end
  return all
end

contents.refuse = refuse

return contents
