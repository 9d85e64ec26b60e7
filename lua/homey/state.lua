-- homey.state(name): a plain table that is on disk a second after it was changed, and there again after a restart.
--
-- It is a file of JSON in state_dir. The table is an ordinary one, so that pairs, ipairs and # work on every Lua: what has
-- changed is found by writing it as JSON and comparing. Kept true: the file is a whole one, the last or the one before,
-- whatever crashes; one that cannot be understood is never written over; one process at a time has it.

local Keeper = require "homey.keeper"
local core = require "homey.core"
local invalid = require "homey.invalid"
local log = require "homey.log"
local new_error = require "homey.error"
local raise = require "homey.raise"
local show = require "homey.show"

local version = 1   -- of the file; a newer homey may count on
local longest = 64  -- bytes of a name

---@class homey.State
---@field name string
---@field value table       the user's
---@field users integer     who would have to let go of it first: homes, and all that belongs to none
---@field homeless? boolean  somebody asked who had no home
---@field text? string      what was written last
local State = { __name = "homey.State" }
State.__index = State

local opened = {}                                    -- path -> State
local remembered = setmetatable({}, { __mode = "k" }) -- reactor -> name -> State, where there is no folder

local function check_name(name)
  if type(name) ~= "string" or name == "" then
    invalid("homey.state takes a name such as \"evening\", not %s.", show(name))
  end
  if #name > longest then invalid("a state's name has at most %d bytes, unlike %s.", longest, show(name)) end
end

-- What is no letter or digit is written as %XX, so that no name leads out of the folder.
local function path_of(folder, name)
  return ("%s/state-%s.json"):format(folder, (name:gsub("[^A-Za-z0-9_-]", function(c) return ("%%%02X"):format(c:byte()) end)))
end

-- To Lua an array and an object are the same: what was an empty list may become something else.
local function plain(value)
  if type(value) ~= "table" then return value end
  for _, each in pairs(value) do plain(each) end
  return setmetatable(value, nil)
end

local function unfit(name, path, problem)
  return invalid("the state '%s' is not touched, since %s %s: put it right, or move it away to begin anew.", name, path,
    problem)
end

local function read(name, path, text)
  local file, problem = core.decode(text)
  if problem then unfit(name, path, "is no whole JSON (" .. problem .. ")") end
  local written_by = type(file) == "table" and file.homey_state
  if type(written_by) ~= "number" or type(file.data) ~= "table" then unfit(name, path, "is not a state of homey") end
  if written_by > version then
    invalid("the state '%s' was written to %s by a newer homey: use that one, or move the file away to begin anew.", name,
      path)
  end
  return plain(file.data)
end

local function fail(name, kind, message)
  if kind == "unavailable" then
    message = "another process is using it: end that one, or choose another name or state_dir."
  end
  return raise(new_error(kind, ("the state '%s': %s"):format(name, message)))
end

-- Once for each trouble, and not every second.
local function complain(self, problem)
  if problem == self.trouble then return end
  self.trouble = problem
  log("error", ("the state '%s' cannot be kept: %s"):format(self.name, problem))
end

local function save(self)
  local text, problem = core.encode(self.value)
  if not text then return complain(self, problem) end
  if text ~= self.text then
    local ok, _, message = self.file:save(('{"homey_state":%d,"data":%s}\n'):format(version, text))
    if not ok then return complain(self, message) end
  end
  self.text, self.trouble = text, nil
end

-- What a file held; one that is not understood is let go of as it is.
local function take(self, text)
  local ok, value = pcall(read, self.name, self.path, text)
  if not ok then
    self.file:close()
    raise(value)
  end
  self.value, self.text = value, core.encode(value)
end

local function open(reactor, name, path)
  local file, kind, message = core.keep(path, "state")
  if not file then return fail(name, kind, message) end
  local self = setmetatable({ name = name, path = path, value = {}, users = 0, file = file }, State)
  local text, trouble, sentence = file:load()
  if trouble then
    file:close()
    return fail(name, trouble, sentence)
  end
  if text then take(self, text) end
  self.keeper = Keeper.new(reactor, function() save(self) end)
  opened[path] = self
  return self
end

local function close(self)
  self.keeper:close()
  self.file:close()
  opened[self.path] = nil
end

-- A home that is closed lets go of its states.
local function bind(self, home)
  for handle in pairs(home.handles) do
    if handle.state == self then return end
  end
  self.users = self.users + 1
  local handle = { state = self }
  function handle.cancel()
    home.handles[handle] = nil
    self.users = self.users - 1
    if self.users == 0 then close(self) else self.keeper:write() end
  end
  home.handles[handle] = true
end

-- What could not be kept is told here, too: a script that is tried out in virtual time is told what would be wrong.
local function remember(reactor, name)
  local self = setmetatable({ name = name, value = {}, users = 1 }, State)
  self.keeper = { look = function() end, write = function()
    local _, problem = core.encode(self.value)
    if problem then complain(self, problem) end
  end }
  reactor:enlist(self.keeper)
  return self
end

local function in_memory(reactor, name)
  local states = remembered[reactor] or {}
  remembered[reactor] = states
  states[name] = states[name] or remember(reactor, name)
  return states[name].value
end

local state = {}

--- The table of a name. Whoever asks for the same name gets the same table.
---@param reactor homey.Reactor
---@param home? homey.Home  with whose closing it is let go
---@param folder? string    nil: it is remembered as long as the program runs
---@param name string
---@return table
function state.of(reactor, home, folder, name)
  check_name(name)
  if not folder then return in_memory(reactor, name) end
  local path = path_of(folder, name)
  local self = opened[path] or open(reactor, name, path)
  if home then
    bind(self, home)
  elseif not self.homeless then
    self.homeless, self.users = true, self.users + 1
  end
  return self.value
end

return state
