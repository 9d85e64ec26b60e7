-- Journal files: the newer one is appended to, the older one is kept beside it. Each begins with
-- the number of its format.
--
-- Invariant: both are bounded. A line that a crash or a full disk cut off damages no other line. A
-- file of a newer homey is never written to: it is moved aside, and if that fails, nothing is
-- written. Several processes may write.

local lazy = require "homey.util.lazy"
local core = require "homey.core"
local number_text = require "homey.util.number_text"

local log = lazy "homey.util.log"

local format = 1        -- of the files; those without a number are of this one, too
local size = 512 * 1024 -- bytes of a file
local head = 64         -- bytes in which the number of the format is

---@class homey.JournalFile
---@field path string   of the newer file
---@field older string
---@field aside string  where a file of a newer homey is moved
---@field is_private? boolean  only the user can access the folder and the newer file
local JournalFile = { __name = "homey.JournalFile" }
JournalFile.__index = JournalFile

--- The files of a folder; none is opened yet.
---@param folder string
---@return homey.JournalFile
function JournalFile.new(folder)
  return setmetatable({
    path = folder .. "/journal.jsonl", older = folder .. "/journal-1.jsonl",
    aside = folder .. "/journal-newer.jsonl",
  }, JournalFile)
end

-- Whether a file exists, whether it is full, and the number of its format.
local function inspect(path)
  local file = io.open(path, "rb")
  if not file then return false end
  local first = file:read(head) or "" -- nothing can be read of a folder
  local bytes = first ~= "" and file:seek "end" or 0
  file:close()
  return true, bytes >= size,
    number_text.read(first:match '^{"homey_journal":(%d+)}' or "") or format
end

local function newer(path)
  return ("%s was written by a newer homey. Use that version, or move the file away."):format(path)
end

-- A file of a newer homey gets another name, unless there is one of that name already.
local function move_aside(self)
  if inspect(self.aside) then return nil, newer(self.path) end
  local ok, problem = os.rename(self.path, self.aside)
  if not ok then return nil, problem end
  log("warning",
    ("the journal was written by a newer homey. It is kept as %s, and a new one is started.")
      :format(self.aside))
  return true
end

-- Another user who can write to the folder could have put a link to any file there.
local function check_access(self)
  if self.is_private then return true end
  local file, _, problem = core.keep(self.path, "journal")
  if not file then return nil, problem end
  local _, kind, wrong = file:load()
  file:close()
  self.is_private = not kind
  return self.is_private, wrong
end

-- Make sure that there is a file with room, which no other user can read. It is locked meanwhile,
-- as another process may do the same.
local function make_room(self)
  local there, full, number = inspect(self.path)
  if there and not full and number <= format then return true end
  local file, _, problem = core.keep(self.path, "journal")
  if not file then return there and number <= format or nil, problem end
  local ok = true
  there, full, number = inspect(self.path)
  if there and number > format then
    ok, problem = move_aside(self)
  elseif full then
    os.rename(self.path, self.older)
  end
  if ok and not inspect(self.path) then
    ok, _, problem = file:save(('{"homey_journal":%d}\n'):format(format))
  end
  file:close()
  return ok, problem
end

local function append(path, text)
  local file, problem = io.open(path, "a")
  if not file then return nil, problem end
  file:setvbuf("full", #text + 1) -- in one write, as other processes append, too
  local ok, wrong = file:write(text)
  local closed, trouble = file:close()
  if ok and closed then return true end
  return nil, wrong or trouble
end

--- Append lines to the newer file. A failure may have written some of them.
---@param lines string[]
---@return boolean? ok
---@return string? problem
function JournalFile:append(lines)
  local ok, problem = check_access(self)
  if ok then ok, problem = make_room(self) end
  if not ok then return nil, problem end
  -- ends a line that was cut off
  return append(self.path, "\n" .. table.concat(lines, "\n") .. "\n")
end

local function read(path, f)
  local there, _, number = inspect(path)
  if not there then return end
  if number > format then return newer(path) end
  local file = io.open(path)
  if not file then return end
  for line in function() return (file:read "*l") end do -- file:lines raises where it cannot read
    local row = line ~= "" and core.decode(line)
    if row then f(row) end
  end
  file:close()
end

--- Call f for each line of both files that is complete JSON, oldest first.
---@param f fun(row: any)
---@return string? problem  why a file was left out
function JournalFile:each(f)
  local problem = read(self.older, f)
  return read(self.path, f) or problem
end

return JournalFile
