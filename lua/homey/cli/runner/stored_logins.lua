-- Watches the stored logins: tells when `homey login` has stored one, by looking at the files of state_dir.

local system = require "homey.system"

local first, most = 1, 60 -- seconds between two looks: at first, and at most; they grow until a login works

---@class homey.cli.Logins
---@field folder string
---@field mark string    how the files looked before the last try
---@field pause number   seconds until the next look
local Logins = { __name = "homey.cli.Logins" }
Logins.__index = Logins

-- Files of the same folder that are written all the time.
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
---@return homey.cli.Logins
function Logins.new(folder)
  return setmetatable({ folder = folder, mark = mark_of(folder), pause = first }, Logins)
end

--- Wait until they look otherwise than before the last try: one that is stored while that is under way counts, too.
---@param scheduler homey.Scheduler
---@param patience number  seconds after which it is over all the same
function Logins:wait(scheduler, patience)
  local ends = scheduler.core_loop:now() + patience
  repeat
    scheduler:sleep(math.min(self.pause, math.max(ends - scheduler.core_loop:now(), 0)))
    self.pause = math.min(self.pause * 1.5, most)
    local mark, before = mark_of(self.folder), self.mark
    self.mark = mark
  until mark ~= before or scheduler.core_loop:now() >= ends
end

--- A login worked: these are the files of it.
function Logins:worked()
  self.mark, self.pause = mark_of(self.folder), first
end

return Logins
