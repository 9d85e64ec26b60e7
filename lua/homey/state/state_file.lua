-- State file: the table of a state as JSON in state_dir, which one process has open at a time.
--
-- Invariant: the file is complete, the last version or the one before it, whatever crashes. A file
-- that is not understood is never overwritten. A file that could not be opened, because the disk
-- was full or read-only, is opened by a later save, unless another program has written to it by
-- then.

local core = require "homey.core"
local invalid = require "homey.util.invalid"
local new_error = require "homey.error"
local raise = require "homey.util.raise"
local serialize = require "homey.state.serialize"

local version = 2      -- of the format; version 1 had text keys only
local no_such_file = 2 -- ENOENT on every system

---@class homey.StateFile
---@field name string   of the state
---@field path string
---@field handle? homey.core.File  nil while it could not be opened
---@field found? string  what the file held at that time; nil for no file
local StateFile = { __name = "homey.StateFile" }
StateFile.__index = StateFile

--- The path of a state. Any character but a letter, a digit, `_` and `-` is written as %XX, so that
--- no name leads out of the folder.
---@param folder string
---@param name string
---@return string
function StateFile.path(folder, name)
  local escaped = name:gsub("[^A-Za-z0-9_-]", function(c) return ("%%%02X"):format(c:byte()) end)
  return ("%s/state-%s.json"):format(folder, escaped)
end

local function refuse(name, path, problem)
  return invalid(
    "the state '%s' cannot be read: %s %s. Repair the file, or move it away to start with an "
      .. "empty state.",
    name, path, problem)
end

local function decode(name, path, text)
  local file, problem = core.decode(text)
  if problem then refuse(name, path, "is not complete JSON (" .. problem .. ")") end
  local written_by = type(file) == "table" and file.homey_state
  if type(written_by) ~= "number" or type(file.data) ~= "table" then
    refuse(name, path, "is not a state of homey")
  end
  if written_by > version then
    invalid(
      "the state '%s' was written to %s by a newer homey. Use that version, or move the file away "
        .. "to start with an "
      .. "empty state.", name, path)
  end
  return serialize.unpack(file.data, written_by > 1)
end

local function fail(name, kind, message)
  if kind == "unavailable" then
    message = "another process is using it. End that process, or choose another name or state_dir."
  end
  return raise(new_error(kind, ("the state '%s': %s"):format(name, message)))
end

-- The text of a file that is not locked; nil, the problem and its number where there is none.
local function read(path)
  local file, problem, code = io.open(path, "rb")
  if not file then return nil, problem, code end
  local text
  text, problem, code = file:read "*a"
  file:close()
  return text, problem, code
end

-- A file that exists but cannot be read must not be overwritten later.
local function read_unlocked(self)
  local text, problem, code = read(self.path)
  if not text and code ~= no_such_file then
    fail(self.name, "invalid", ("cannot be read: %s."):format(tostring(problem)))
  end
  self.found = text
  return text
end

local function read_locked(self)
  local text, kind, message = self.handle:load()
  if not kind then return text end
  self.handle:close()
  return fail(self.name, kind, message)
end

--- Open the file of a state, and read it.
---@param name string
---@param path string
---@return homey.StateFile
---@return table? data      nil for no file
---@return string? problem  why it cannot be saved for now
function StateFile.open(name, path)
  local handle, kind, message, is_temporary = core.keep(path, "state")
  if not handle and not is_temporary then return fail(name, kind, message) end
  local self = setmetatable({ name = name, path = path, handle = handle }, StateFile)
  local text
  if handle then text = read_locked(self) else text = read_unlocked(self) end
  if not text then return self, nil, message end
  local ok, data = pcall(decode, name, path, text)
  if ok then return self, data, message end
  self:close()
  return raise(data)
end

--- What a state holds on disk, whoever has it open.
---@param name string
---@param path string
---@return table
function StateFile.peek(name, path)
  local text = read(path)
  return text and decode(name, path, text) or {}
end

-- The disk may have room again. Another program may have written to the file meanwhile.
local function open_late(self)
  local handle, _, message = core.keep(self.path, "state")
  if not handle then return nil, message end
  local text, kind, problem = handle:load()
  if kind or text ~= self.found then
    handle:close()
    return nil, problem or "another program has written to it meanwhile. End that program."
  end
  self.handle = handle
  return true
end

--- Save the data of a state.
---@param json string
---@return boolean? ok
---@return string? problem
function StateFile:save(json)
  if not self.handle then
    local ok, problem = open_late(self)
    if not ok then return nil, problem end
  end
  local ok, _, message = self.handle:save(('{"homey_state":%d,"data":%s}\n'):format(version, json))
  return ok, message
end

--- Close the file; another process can open it then.
function StateFile:close()
  if self.handle then self.handle:close() end
end

return StateFile
