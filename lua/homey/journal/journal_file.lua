-- The files of a journal: the newer one is written, the older one is kept beside it. Each begins with the number of its format.
--
-- Invariant: both are bounded; a line that a crash or a full disk has torn spoils no other; one that a newer homey has begun is
-- never written to: it is moved aside, and where that cannot be, nothing is written. Several processes may write.

local core = require "homey.core"
local is_readable = require "homey.util.is_readable"
local log = require "homey.util.log"
local number_text = require "homey.util.number_text"

local format = 1        -- of the files; those without a number are of this one, too
local size = 512 * 1024 -- bytes of a file
local head = 64         -- bytes in which the number of the format is

---@class homey.JournalFile
---@field path string   of the newer file
---@field older string
---@field aside string  where one of a newer homey goes
---@field judged? boolean  the folder and the newer file are the user's alone
local JournalFile = { __name = "homey.JournalFile" }
JournalFile.__index = JournalFile

--- The files of a folder; none is touched yet.
---@param folder string
---@return homey.JournalFile
function JournalFile.new(folder)
  return setmetatable({
    path = folder .. "/journal.jsonl", older = folder .. "/journal-1.jsonl", aside = folder .. "/journal-newer.jsonl",
  }, JournalFile)
end

-- Whether a file is there, whether it is full, and the number of its format.
local function look_at(path)
  local file = io.open(path, "rb")
  if not file then return false end
  local first = file:read(head) or "" -- nothing can be read of a folder
  local bytes = first ~= "" and file:seek "end" or 0
  file:close()
  return true, bytes >= size, number_text.read(first:match '^{"homey_journal":(%d+)}' or "") or format
end

local function newer(path)
  return ("%s was written by a newer homey: use that one, or move the file away."):format(path)
end

-- A file of a newer homey is left as it is, under another name; where there is one already, it stays where it is.
local function move_aside(self)
  if is_readable(self.aside) then return nil, newer(self.path) end
  local ok, problem = os.rename(self.path, self.aside)
  if not ok then return nil, problem end
  log("warning", ("the journal was written by a newer homey: it is kept as %s, and a new one is begun."):format(self.aside))
  return true
end

-- Whoever else may write in the folder could have put a link to any file of the user's there.
local function judge(self)
  if self.judged then return true end
  local file, _, problem = core.keep(self.path, "journal")
  if not file then return nil, problem end
  local _, kind, wrong = file:load()
  file:close()
  self.judged = not kind
  return self.judged, wrong
end

-- See to it that there is a file with room in it, which nobody else may read. It is locked meanwhile, as another process may
-- be at it, too.
local function make_room(self)
  local there, full, number = look_at(self.path)
  if there and not full and number <= format then return true end
  local file, _, problem = core.keep(self.path, "journal")
  if not file then return there and number <= format or nil, problem end
  local ok = true
  there, full, number = look_at(self.path)
  if there and number > format then
    ok, problem = move_aside(self)
  elseif full then
    os.rename(self.path, self.older)
  end
  if ok and not is_readable(self.path) then ok, _, problem = file:save(('{"homey_journal":%d}\n'):format(format)) end
  file:close()
  return ok, problem
end

local function append(path, text)
  local file, problem = io.open(path, "a")
  if not file then return nil, problem end
  file:setvbuf("full", #text + 1) -- in one piece, as others may write, too
  local ok, wrong = file:write(text)
  local closed, trouble = file:close()
  if ok and closed then return true end
  return nil, wrong or trouble
end

--- Write lines at the end of the newer file. What fails may have written some of them.
---@param lines string[]
---@return boolean? ok
---@return string? problem
function JournalFile:append(lines)
  local ok, problem = judge(self)
  if ok then ok, problem = make_room(self) end
  if not ok then return nil, problem end
  return append(self.path, "\n" .. table.concat(lines, "\n") .. "\n") -- behind what may have been torn
end

local function read(path, take)
  local there, _, number = look_at(path)
  if not there then return end
  if number > format then return newer(path) end
  local file = io.open(path)
  if not file then return end
  for line in function() return (file:read "*l") end do -- file:lines raises where it cannot read
    local row = line ~= "" and core.decode(line)
    if row then take(row) end
  end
  file:close()
end

--- Call f for each line of both files that can be understood, oldest first.
---@param f fun(row: any)
---@return string? problem  where a file was left out
function JournalFile:each(f)
  local problem = read(self.older, f)
  return read(self.path, f) or problem
end

return JournalFile
