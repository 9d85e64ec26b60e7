-- History of the applies of a home, for undo. The state before an apply is on disk before the first
-- change is sent. It is one file in state_dir, which one process at a time has open.

local core = require "homey.core"
local invalid = require "homey.util.invalid"
local new_error = require "homey.error"
local raise = require "homey.util.raise"
local text = require "homey.util.text"

local version = 1
local most = 10             -- applies
local largest = 2 * 1048576 -- bytes; the last apply is kept in any case

---@class homey.cli.Applied  one apply
---@field at number           seconds since 1970
---@field folder string
---@field steps homey.cli.AppliedStep[]
---@field known table<string, string[]>  ids that existed before, by kind
---@field map? table<string, string>     old id -> id of the thing that an undo created again

---@class homey.cli.AppliedStep
---@field action "create"|"change"|"delete"
---@field kind string
---@field name string
---@field state "waiting"|"sent"|"done"|"undone"
---@field id? string
---@field before? table
---@field after? table   members that were sent
---@field fields string[]  members that were changed

---@class homey.cli.History
---@field path string
---@field applies homey.cli.Applied[]  oldest first
local History = {}
History.__index = History

local function path_of(home)
  local id = tostring(home.id or home.address):gsub("[^%w_-]", function(c)
    return ("%%%02X"):format(c:byte())
  end)
  return ("%s/applied-%s.json"):format(home.state_dir, id)
end

local types_of_step = {
  action = "string", kind = "string", name = "string", state = "string", fields = "table",
}

local function is_step(value)
  if type(value) ~= "table" then return false end
  for field, kind in pairs(types_of_step) do
    if type(value[field]) ~= kind then return false end
  end
  return true
end

local function are_all(list, is_sound)
  if type(list) ~= "table" then return false end
  for _, value in pairs(list) do
    if not is_sound(value) then return false end
  end
  return true
end

local function is_apply(value)
  return type(value) == "table" and type(value.at) == "number" and type(value.folder) == "string"
    and type(value.known) == "table" and are_all(value.steps, is_step)
end

local function decode(path, content)
  if not content then return {} end
  local value, problem = core.decode(content)
  if problem or type(value) ~= "table" or value.homey_applied ~= version
    or not are_all(value.applies, is_apply) then
    invalid("%s cannot be read: it was damaged, or written by a newer homey. Move it away; what "
      .. "was applied can then not be undone.", text.visible(path))
  end
  return value.applies
end

local function fail(kind, message)
  if kind == "unavailable" then
    message = "another `homey apply` is running. Wait until it ends."
  end
  return raise(new_error(kind, message))
end

--- Open the history of a home. Raises where another process has it open.
---@param home homey.Home
---@return homey.cli.History
function History.open(home)
  if not home.state_dir then
    invalid "`homey apply` needs a state_dir, where it keeps what it changes."
  end
  local path = path_of(home)
  local handle, kind, message = core.keep(path, "history")
  if not handle then return fail(kind, message) end
  local content
  content, kind, message = handle:load()
  if kind then
    handle:close()
    return fail(kind, message)
  end
  local ok, applies = pcall(decode, path, content)
  if not ok then
    handle:close()
    raise(applies)
  end
  return setmetatable({ path = path, handle = handle, applies = applies }, History)
end

-- Caches the text of each apply: a finished apply does not change.
local function texts_of(self)
  local texts, size = {}, 0
  for i = #self.applies, math.max(1, #self.applies - most + 1), -1 do
    local json = assert(core.encode(self.applies[i]))
    size = size + #json
    if size > largest and #texts > 0 then break end
    table.insert(texts, 1, json)
  end
  return texts
end

--- Save the history to disk.
function History:save()
  local texts = texts_of(self)
  while #self.applies > #texts do table.remove(self.applies, 1) end
  local ok, kind, message = self.handle:save(('{"homey_applied":%d,"applies":[%s]}\n'):format(
    version, table.concat(texts, ",")))
  if not ok then fail(kind, message) end
end

--- Add an apply.
---@param applied homey.cli.Applied
function History:add(applied)
  table.insert(self.applies, applied)
  self:save()
end

--- The last apply that is not undone.
---@return homey.cli.Applied?
function History:last()
  return self.applies[#self.applies]
end

--- Remove the last apply.
function History:drop()
  table.remove(self.applies)
  self:save()
end

--- Close the file and release its lock.
function History:close() self.handle:close() end

return History
