-- Folder watcher: calls back when files in some folders have changed. Editors rename, truncate and
-- write in different orders, so the callback comes once a folder has been quiet for a moment.
--
-- Invariant: each change in a watched folder leads to a callback. While nothing changes nothing
-- wakes up, except on systems without file notifications, where the callback comes every two
-- seconds.

local system = require "homey.system"

local quiet = 0.2   -- seconds without a further change before the callback
local patience = 2  -- longest delay of the callback while changes go on
local interval = 2  -- seconds between two callbacks without file notifications

---@class homey.cli.FolderWatcher
---@field scheduler homey.Scheduler
---@field on_change fun()
---@field watch? homey.system.Watch
---@field numbers table<string, integer>  folder -> number of its watch
---@field names table<string, boolean>    files that matter, beside *.lua
local FolderWatcher = { __name = "homey.cli.FolderWatcher" }
FolderWatcher.__index = FolderWatcher

--- A watcher of no folders yet.
---@param scheduler homey.Scheduler
---@param on_change fun()  called from a step of the scheduler
---@return homey.cli.FolderWatcher
function FolderWatcher.new(scheduler, on_change)
  return setmetatable({
    scheduler = scheduler, on_change = on_change, watch = system.watch(), numbers = {}, names = {},
  }, FolderWatcher)
end

local function parent(path)
  local folder = path:match "^(.*)/[^/]*$"
  if folder == "" then return "/" end
  return folder or "."
end

-- Of a folder that does not exist the nearest one above is watched.
local function add(self, path, numbers)
  local number, problem = self.watch:add(path)
  if number then
    numbers[path] = number
  elseif system.stat(path) == "folder" then
    return problem
  elseif path ~= "/" and path ~= "." then
    return add(self, parent(path), numbers)
  end
end

local function add_all(self, folders)
  local numbers, trouble = {}, nil
  for path in pairs(folders) do trouble = add(self, path, numbers) or trouble end
  return numbers, trouble
end

local function drop_others(self, numbers)
  local kept = {}
  for _, number in pairs(numbers) do kept[number] = true end
  for _, number in pairs(self.numbers) do
    if not kept[number] then self.watch:remove(number) end
  end
end

local function is_more(numbers, before)
  for path, number in pairs(numbers) do
    if before[path] ~= number then return true end
  end
  return false
end

local function poll(self)
  if self.polling then return end
  self.polling = self.scheduler:later(interval, function()
    self.polling = nil
    poll(self)
    self.on_change()
  end)
end

--- Watch these folders and no others.
---@param folders table<string, boolean>
---@return boolean more     some are new: earlier changes in them were not reported
---@return string? problem  why the system does not notify of changes
function FolderWatcher:follow(folders)
  local numbers, trouble = {}, nil
  if self.watch then numbers, trouble = add_all(self, folders) end
  if trouble or not self.watch then poll(self) end
  if self.watch then drop_others(self, numbers) end
  local more = is_more(numbers, self.numbers)
  self.numbers = numbers
  return more, trouble
end

--- The descriptor to poll; nil where there is none.
---@return integer?
function FolderWatcher:fd()
  return self.watch and self.watch:fd()
end

--- Call back soon.
function FolderWatcher:trigger()
  local now = self.scheduler.core_loop:now()
  self.since = self.since or now
  if self.waiting then self.waiting() end
  local delay = math.min(quiet, math.max(self.since + patience - now, 0))
  self.waiting = self.scheduler:later(delay, function()
    self.waiting, self.since = nil, nil
    self.on_change()
  end)
end

-- Programs write to other files beside the scripts all the time: only their names matter.
local function matters(self, what, name)
  return what ~= "written" or not name or name:find "%.lua$" or self.names[name]
end

--- Read the notifications.
function FolderWatcher:read()
  if not self.watch then return end
  local changed = false
  for _, what, name in self.watch.next, self.watch do
    changed = changed or matters(self, what, name)
  end
  if changed then self:trigger() end
end

--- Stop watching.
function FolderWatcher:close()
  if self.watch then self.watch:close() end
  if self.waiting then self.waiting() end
  if self.polling then self.polling() end
  self.watch = nil
end

return FolderWatcher
