-- Reader of LuaCATS annotations: the classes, aliases and functions of Lua sources, as tables.
--
-- It reads what homey writes: ---@class, @field, @alias, @param, @return
-- and lines of text. "Raises: not_found." at the end of a text lists kinds of errors. A field or
-- function that is marked `package` belongs to the module alone.

local annotations = {}

local closing = { ["("] = ")", ["{"] = "}", ["<"] = ">", ["["] = "]" }

-- Where the type at the beginning of a text ends: at a space that is in no brackets or quotes and
-- joins nothing.
local function end_of_type(text)
  local stack, quote = {}, nil
  for i = 1, #text do
    local c = text:sub(i, i)
    if quote then
      if c == quote then quote = nil end
    elseif c == '"' or c == "'" then
      quote = c
    elseif closing[c] then
      stack[#stack + 1] = closing[c]
    elseif c == stack[#stack] then
      stack[#stack] = nil
    elseif c == " " and #stack == 0 then
      local joined = text:sub(1, i - 1):find "[:,|]$" or text:sub(i + 1):find "^|"
      if not joined then return i - 1 end
    end
  end
  return #text
end

--- Split a text into its type and what follows.
---@param text string
---@return string type
---@return string rest
function annotations.type(text)
  local last = end_of_type(text)
  return text:sub(1, last), (text:sub(last + 1):gsub("^%s+", ""))
end

--- Split a text at a character that is in no brackets or quotes.
---@param text string
---@param separator string
---@return string[]
function annotations.split(text, separator)
  local list, depth, quoted, from = {}, 0, false, 1
  for i = 1, #text do
    local c = text:sub(i, i)
    if c == '"' then quoted = not quoted end
    if not quoted and closing[c] then depth = depth + 1 end
    if not quoted and c:find "[%)}>%]]" then depth = depth - 1 end
    if c == separator and depth == 0 and not quoted then
      list[#list + 1] = text:sub(from, i - 1)
      from = i + 1
    end
  end
  list[#list + 1] = text:sub(from)
  for i, each in ipairs(list) do list[i] = each:match "^%s*(.-)%s*$" end
  return list
end

local function add_text(target, line)
  target.doc = target.doc == "" and line or target.doc .. " " .. line
end

local visibility = { package = true, private = true, protected = true, public = true }

local function read_field(text)
  local scope, rest = text:match "^(%l+)%s+(.*)$"
  if not visibility[scope] then scope, rest = "public", text end
  local name, optional, more = rest:match "^([%w_]+)(%??)%s+(.*)$"
  local type, doc = annotations.type(more)
  local is_hidden = scope ~= "public"
  return { name = name, optional = optional == "?", type = type, doc = doc, hidden = is_hidden }
end

local readers = {}

function readers.class(block, text)
  local name, rest = text:match "^([%w_.]+)%s*(.*)$"
  local list, doc = rest:match "^:%s*([%w_., %[%]]-)%s*$"
  if not list then list, doc = rest:match "^:%s*([%w_.%[%]]+)%s+(.*)$" end
  local bases = list and annotations.split(list, ",") or {}
  local class = { name = name, bases = bases, doc = doc or not list and rest or "", fields = {},
    by_name = {} }
  if class.doc == "" then class.doc = block.doc end
  block.class, block.last = class, class
end

function readers.field(block, text)
  local field = read_field(text)
  local fields = block.class.fields
  fields[#fields + 1], block.class.by_name[field.name], block.last = field, field, field
end

function readers.alias(block, text)
  local name, rest = text:match "^([%w_.]+)%s*(.*)$"
  local type, doc = annotations.type(rest)
  block.alias = { name = name, type = type, doc = doc ~= "" and doc or block.doc, values = {} }
  block.last = block.alias
end

function readers.param(block, text)
  local name, optional, rest = text:match "^([%w_.]+)(%??)%s+(.*)$"
  local type, doc = annotations.type(rest)
  local param = { name = name, optional = optional == "?", type = type, doc = doc }
  block.params[#block.params + 1], block.last = param, param
end

readers["return"] = function(block, text)
  local type, doc = annotations.type(text)
  block.returns[#block.returns + 1] = { type = type, doc = doc }
  block.last = block.returns[#block.returns]
end

function readers.package(block)
  block.hidden = true
end

local function new_block()
  local block = { doc = "", params = {}, returns = {} }
  block.last = block
  return block
end

local function read_line(block, line)
  local tag, text = line:match "^%-%-%-@(%a+)%s*(.*)$"
  if tag and readers[tag] then return readers[tag](block, text) end
  if tag then return end
  local value, doc = line:match "^%-%-%-| ?(\"[^\"]*\")%s*#?%s*(.*)$"
  if value then
    block.alias.values[#block.alias.values + 1] = { value = value, doc = doc }
    block.last = block.alias.values[#block.alias.values]
    return
  end
  local words = line:match "^%-%-%-%s*(.-)%s*$"
  if words == "" then return end
  add_text(block.last, words)
  local before, raises = block.last.doc:match "^(.-)%s*Raises: ([%w_,%s]*)%.$"
  if raises then block.last.raises, block.raises, block.last.doc = raises, raises, before end
end

-- A class may be declared in several files: its first one with functions or text is its own, and
-- the others add fields to it.
local function add_class(class, path, found)
  local known = found.classes[class.name]
  if not known then
    class.path, found.classes[class.name] = path, class
    return
  end
  for _, field in ipairs(class.fields) do
    if not known.by_name[field.name] then known.fields[#known.fields + 1] = field end
    known.by_name[field.name] = known.by_name[field.name] or field
  end
end

-- What a file holds, and what its blocks of comments belong to.
local function read_file(path, found)
  local block
  for line in io.lines(path) do
    if line:find "^%-%-%-" then
      block = block or new_block()
      read_line(block, line)
    elseif block then
      local owner, separator, name = line:match "^function ([%w_]+)([.:])([%w_]+)"
      if name then
        block.name, block.path = name, path
        found.functions[path .. separator .. name] = block
        found.functions[path .. " " .. owner .. separator .. name] = block
      end
      if block.class then add_class(block.class, path, found) end
      if block.alias then found.aliases[block.alias.name] = block.alias end
      block = nil
    end
  end
end

--- Read sources.
---@param paths string[]
---@return {classes: table, aliases: table, functions: table}  functions by "path:name", "path.name"
function annotations.read(paths)
  local found = { classes = {}, aliases = {}, functions = {} }
  for _, path in ipairs(paths) do read_file(path, found) end
  return found
end

return annotations
