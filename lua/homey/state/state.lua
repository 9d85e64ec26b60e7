-- homey.state(name): a plain table that is on disk a second after it was changed, and there again after a restart.
--
-- It is a file of JSON in state_dir. The table is an ordinary one, so that pairs, ipairs and # work on every Lua: what has
-- changed is found by writing it as JSON and comparing. Kept true: the file is a whole one, the last or the one before,
-- whatever crashes; one that cannot be understood is never written over; one process at a time has it. A dry run reads
-- it and leaves it alone, and so may stand beside that process.
--
-- On a disk that is full or read-only it lives in memory, which is told once, and is written as soon as it can be.

local Autosave = require "homey.state.autosave"
local caller = require "homey.util.call_site"
local core = require "homey.core"
local invalid = require "homey.util.invalid"
local log = require "homey.util.log"
local new_error = require "homey.error"
local serialize = require "homey.state.serialize"
local raise = require "homey.util.raise"
local show = require "homey.util.format"

local version = 2   -- of the file; a newer homey may count on. In 1, keys were text alone
local longest = 64  -- bytes of a name

---@class homey.State
---@field name string
---@field value table       the user's
---@field users integer     who would have to let go of it first: homes, and all that belongs to none
---@field homeless? boolean  somebody asked who had no home
---@field text? string      what was written last
---@field file? homey.core.File  nil where it could not be had yet; then:
---@field found? string     what the file held when it was looked at, nil for no file
local State = { __name = "homey.State" }
State.__index = State

local opened = {}                                    -- path -> State
local remembered = setmetatable({}, { __mode = "k" }) -- scheduler -> name or path -> State, where nothing is written

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
  return serialize.unpack(file.data, written_by > 1)
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
  log("error", ("the state '%s' %s"):format(self.name, problem))
end

local function all_is_well(self)
  if self.unsaved then log("info", ("the state '%s' is kept again."):format(self.name)) end
  self.trouble, self.unsaved = nil, nil
end

-- The disk was full or read-only when the file was to be opened: perhaps it can be now. Whoever has written to it since goes
-- first.
local function open_late(self)
  local file, _, message = core.keep(self.path, "state")
  if not file then return nil, message end
  local text, trouble, sentence = file:load()
  if trouble or text ~= self.found then
    file:close()
    return nil, sentence or "another program has written to it meanwhile: end that one."
  end
  self.file = file
  return true
end

local function write(self, text)
  local ok, problem = true, nil
  if not self.file then ok, problem = open_late(self) end
  if ok then
    local saved, _, message = self.file:save(('{"homey_state":%d,"data":%s}\n'):format(version, text))
    ok, problem = saved, message
  end
  self.unsaved = self.unsaved or not ok or nil
  return ok, problem
end

local function left_out(problems)
  local more = #problems > 1 and (" (and %d more)"):format(#problems - 1) or ""
  return ("is kept, but for this: %s%s"):format(problems[1], more)
end

-- The state as text: as much of it as can be kept.
local function text_of(self)
  local carried, problems = serialize.pack(self.value)
  local text, problem = core.encode(carried)
  return text, problem and "cannot be kept: " .. problem or problems[1] and left_out(problems)
end

local function save(self)
  local text, problem = text_of(self)
  if text and text ~= self.text then
    local ok, message = write(self, text)
    if not ok then return complain(self, "cannot be kept: " .. message) end
  end
  self.text = text or self.text
  if problem then complain(self, problem) else all_is_well(self) end
end

-- What cannot be kept is refused where it is assigned, as far as Lua tells: under a name that is new.
local function attend(self)
  local function assign(value, key, new)
    local _, problems = serialize.pack { [key] = new }
    if problems[1] then
      local at = caller()
      invalid("%sthe state '%s' holds text, numbers, true, false and tables of these: %s.", at and at .. ": " or "", self.name,
        problems[1])
    end
    rawset(value, key, new)
  end
  setmetatable(self.value, { __newindex = assign })
  return self
end

-- What a file held; one that is not understood is let go of as it is.
local function take(self, text)
  local ok, value = pcall(read, self.name, self.path, text)
  if not ok then
    if self.file then self.file:close() end
    raise(value)
  end
  self.value = value
  self.text = text_of(self)
end

local no_such_file = 2 -- ENOENT, which is the same everywhere

-- What the file of a state holds that can be read, and not locked; one of which nobody can tell must not be written over.
local function read_only(self)
  local file, problem, code = io.open(self.path, "rb")
  local text = file and file:read "*a"
  if file then file:close() end
  if not text and code ~= no_such_file then fail(self.name, "invalid", ("cannot be read: %s."):format(tostring(problem))) end
  self.found = text
  return text
end

local function load_kept(self)
  local text, trouble, sentence = self.file:load()
  if not trouble then return text end
  self.file:close()
  return fail(self.name, trouble, sentence)
end

local function open(scheduler, name, path)
  local file, kind, message, passes = core.keep(path, "state")
  if not file and not passes then return fail(name, kind, message) end
  local self = setmetatable({ name = name, path = path, value = {}, users = 0, file = file }, State)
  local text
  if file then text = load_kept(self) else text = read_only(self) end
  if text then take(self, text) end
  if not file then
    self.unsaved = true
    complain(self, "cannot be kept: " .. message)
  end
  self.autosave = Autosave.new(scheduler, function() save(self) end)
  opened[path] = self
  return attend(self)
end

local function close(self)
  self.autosave:close()
  if self.file then self.file:close() end
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
    if self.users == 0 then close(self) else self.autosave:flush() end
  end
  home.handles[handle] = true
end

local function load(name, path)
  local file = io.open(path, "rb")
  local text = file and file:read "*a"
  if file then file:close() end
  return text and read(name, path, text) or {}
end

-- What could not be kept is told here, too: a script that is tried out in virtual time is told what would be wrong.
local function remember(scheduler, name, path)
  local self = setmetatable({ name = name, value = path and load(name, path) or {}, users = 1 }, State)
  self.autosave = { schedule = function() end, flush = function()
    local _, problem = text_of(self)
    if problem then complain(self, problem) end
  end }
  scheduler:add_autosave(self.autosave)
  return attend(self)
end

local function in_memory(scheduler, name, path)
  local states, key = remembered[scheduler] or {}, path or name
  remembered[scheduler] = states
  states[key] = states[key] or remember(scheduler, name, path)
  return states[key].value
end

local state = {}

--- The table of a name. Whoever asks for the same name gets the same table.
---@param scheduler homey.Scheduler
---@param home? homey.Home  with whose closing it is let go
---@param folder? string    nil: it is remembered as long as the program runs
---@param name string
---@param dry? boolean       so are its changes
---@return table
function state.of(scheduler, home, folder, name, dry)
  check_name(name)
  local path = folder and path_of(folder, name)
  if dry or not path then return in_memory(scheduler, name, path) end
  local self = opened[path] or open(scheduler, name, path)
  if home then
    bind(self, home)
  elseif not self.homeless then
    self.homeless, self.users = true, self.users + 1
  end
  return self.value
end

local function opened_of(value)
  for _, self in pairs(opened) do
    if self.value == value then return self end
  end
end

--- Write the table of a name, now.
---@param value table
---@return boolean saved  all of it is on disk
function state.save(value)
  local self = opened_of(value)
  if not self then return false end
  self.autosave:flush()
  return self.trouble == nil
end

--- Let go of the table of a name before its home is closed.
---@param home homey.Home
---@param value table
function state.release(home, value)
  for handle in pairs(home.handles) do
    if handle.state and handle.state.value == value then return handle.cancel() end
  end
end

--- What the table of a name is on disk, whoever has it now; an empty one where nobody can tell.
---@param folder string
---@param name string
---@return table
function state.peek(folder, name)
  local ok, value = pcall(load, name, path_of(folder, name))
  return ok and value or {}
end

return state
