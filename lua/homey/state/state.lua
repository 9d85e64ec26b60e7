-- homey.state(name): a plain table that persists. It is saved within a second of a change, and
-- loaded after a restart.
--
-- The table is an ordinary one, so that pairs, ipairs and # work on every Lua. A change is found by
-- comparing the JSON of the table with that of the last save. A dry run reads the file and does not
-- write to it, so it can run beside the process that has the state open. Without a file, in virtual
-- time or while the disk is full, the table is in memory.

local Autosave = require "homey.state.autosave"
local StateFile = require "homey.state.state_file"
local call_site = require("homey.util.call_site").line
local core = require "homey.core"
local format = require "homey.util.format"
local invalid = require "homey.util.invalid"
local log = require "homey.util.log"
local serialize = require "homey.state.serialize"

local longest = 64 -- bytes of a name

---@class homey.State
---@field name string
---@field value table       the table of the program
---@field users integer     homes that use it, and one for all others; closed with the last
---@field without_home? boolean  it has users without a home
---@field text? string      JSON of the last save
---@field file? homey.StateFile  nil for a state in memory
---@field problem? string   why the last save failed, or what it left out
---@field unsaved? boolean  the last save failed
local State = { __name = "homey.State" }
State.__index = State

local open_states = {}                               -- path -> State
local in_memory = setmetatable({}, { __mode = "k" }) -- scheduler -> name or path -> State

local function check_name(name)
  if type(name) ~= "string" or name == "" then
    invalid("homey.state takes a name such as \"evening\", not %s.", format(name))
  end
  if #name > longest then
    invalid("the name of a state has at most %d bytes, unlike %s.", longest, format(name))
  end
end

-- ---- saving -------------------------------------------------------------------------------------

-- A problem is logged once, not at every save.
local function report_problem(self, problem)
  if problem == self.problem then return end
  self.problem = problem
  log("error", ("the state '%s' %s"):format(self.name, problem))
end

local function report_success(self)
  if self.unsaved then log("info", ("the state '%s' is saved again."):format(self.name)) end
  self.problem, self.unsaved = nil, nil
end

-- The JSON of the table without the values that JSON cannot hold, and what these are.
local function encode(self)
  local data, problems = serialize.pack(self.value)
  local text, problem = core.encode(data)
  if problem then return nil, "cannot be saved: " .. problem end
  if not problems[1] then return text end
  local more = #problems > 1 and (" (and %d more)"):format(#problems - 1) or ""
  return text, ("is saved without a value: %s%s"):format(problems[1], more)
end

local function save(self)
  local text, problem = encode(self)
  if self.file and text and text ~= self.text then
    local ok, message = self.file:save(text)
    if not ok then
      self.unsaved = true
      return report_problem(self, "cannot be saved: " .. message)
    end
  end
  self.text = text or self.text
  if problem then report_problem(self, problem) else report_success(self) end
end

-- A value that cannot be saved is refused when it is assigned, as far as Lua allows: under a new
-- key.
local function check_assignments(self)
  local function assign(value, key, new)
    local _, problems = serialize.pack { [key] = new }
    if problems[1] then
      local place = call_site()
      invalid("%sthe state '%s' holds text, numbers, true, false and tables of these: %s.",
        place and place .. ": " or "", self.name, problems[1])
    end
    rawset(value, key, new)
  end
  setmetatable(self.value, { __newindex = assign })
end

-- ---- opening and closing ------------------------------------------------------------------------

local function open(scheduler, name, path)
  local file, data, problem = StateFile.open(name, path)
  local self = setmetatable({ name = name, value = data or {}, users = 0, file = file }, State)
  if data then self.text = encode(self) end
  if problem then
    self.unsaved = true
    report_problem(self, "cannot be saved: " .. problem)
  end
  self.autosave = Autosave.new(scheduler, function() save(self) end)
  open_states[path] = self
  check_assignments(self)
  return self
end

local function close(self)
  self.autosave:close()
  self.file:close()
  open_states[self.file.path] = nil
end

-- A home that is closed releases its states.
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

-- Values that could not be saved are reported here, too, so that a test in virtual time finds them.
local function open_in_memory(scheduler, name, path)
  local states, key = in_memory[scheduler] or {}, path or name
  in_memory[scheduler] = states
  local self = states[key]
  if not self then
    self =
      setmetatable({ name = name, value = path and StateFile.peek(name, path) or {}, users = 1 },
        State)
    self.autosave = { schedule = function() end, flush = function() save(self) end }
    scheduler:add_autosave(self.autosave)
    check_assignments(self)
    states[key] = self
  end
  return self.value
end

-- ---- the module ---------------------------------------------------------------------------------

local state = {}

--- The table of a name; the same table for the same name.
---@param scheduler homey.Scheduler
---@param home? homey.Home  when it is closed it releases the state
---@param folder? string    nil: the table is in memory
---@param name string
---@param dry_run? boolean  the file is read, and its changes are in memory
---@return table
function state.of(scheduler, home, folder, name, dry_run)
  check_name(name)
  local path = folder and StateFile.path(folder, name)
  if dry_run or not path then return open_in_memory(scheduler, name, path) end
  local self = open_states[path] or open(scheduler, name, path)
  if home then
    bind(self, home)
  elseif not self.without_home then
    self.without_home, self.users = true, self.users + 1
  end
  return self.value
end

local function state_of(value)
  for _, self in pairs(open_states) do
    if self.value == value then return self end
  end
end

--- Save a table of `state.of` now.
---@param value table
---@return boolean saved  all of it is on disk
function state.save(value)
  local self = state_of(value)
  if not self then return false end
  self.autosave:flush()
  return self.problem == nil
end

--- Release a table of `state.of` before its home is closed.
---@param home homey.Home
---@param value table
function state.release(home, value)
  for handle in pairs(home.handles) do
    if handle.state and handle.state.value == value then return handle.cancel() end
  end
end

--- What a state holds on disk, whoever has it open; an empty table if that cannot be read.
---@param folder string
---@param name string
---@return table
function state.peek(folder, name)
  local ok, value = pcall(StateFile.peek, name, StateFile.path(folder, name))
  return ok and value or {}
end

return state
