-- Stored logins, watched: waits until `homey login` has stored one, by looking at the files of
-- state_dir.

local system = require "homey.system"

local first, most = 1, 60 -- seconds between two looks; they grow until a login works

---@class homey.cli.StoredLogins
---@field folder string
---@field mark string    how the files looked before the last try
---@field pause number   seconds until the next look
local StoredLogins = { __name = "homey.cli.StoredLogins" }
StoredLogins.__index = StoredLogins

-- Other files of the folder, which are written all the time.
local function is_other(name)
  return name:find "^journal" or name:find "^state%-" or name:find "%.lock$" or name:find "%.tmp$"
end

local function mark_of(folder)
  local marks = {}
  for _, name in ipairs(system.list(folder) or {}) do
    local kind, mark = system.stat(folder .. "/" .. name)
    if kind == "file" and not is_other(name) then marks[#marks + 1] = name .. " " .. mark end
  end
  table.sort(marks)
  return table.concat(marks, "\n")
end

--- The logins of a folder, as they are now.
---@param folder string
---@return homey.cli.StoredLogins
function StoredLogins.new(folder)
  return setmetatable({ folder = folder, mark = mark_of(folder), pause = first }, StoredLogins)
end

--- Wait until the files differ from before the last attempt to log in. A login that is stored
--- during that attempt counts, too.
---@param scheduler homey.Scheduler
---@param patience number  longest wait in seconds
function StoredLogins:wait(scheduler, patience)
  local ends = scheduler.core_loop:now() + patience
  repeat
    scheduler:sleep(math.min(self.pause, math.max(ends - scheduler.core_loop:now(), 0)))
    self.pause = math.min(self.pause * 1.5, most)
    local mark, before = mark_of(self.folder), self.mark
    self.mark = mark
  until mark ~= before or scheduler.core_loop:now() >= ends
end

--- A login worked: remember its files.
function StoredLogins:note_success()
  self.mark, self.pause = mark_of(self.folder), first
end

return StoredLogins
