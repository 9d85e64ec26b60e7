-- Tells when it is worth looking at some folders again. What happened there is a hint only: writers of files rename,
-- cut and write, each in its own order, so one look is taken once it has been quiet for a moment.
--
-- Kept true: after anything that happened in a watched folder there is a look; while nothing happens there is no
-- wake-up, but on systems that do not tell what happens in folders, where a look is taken every two seconds.

local system = require "homey.system"

local quiet = 0.2   -- seconds without anything new after which a look is taken
local patience = 2  -- seconds after which it is taken although it does not become quiet
local interval = 2  -- seconds between two looks where nobody tells

---@class homey.cli.Watcher
---@field scheduler homey.Scheduler
---@field look fun()
---@field watch? homey.system.Watch
---@field numbers table<string, integer>  folder -> its number
---@field names table<string, boolean>    files of any name that matter, beside those of Lua
local Watcher = { __name = "homey.cli.Watcher" }
Watcher.__index = Watcher

--- A watcher of no folders yet.
---@param scheduler homey.Scheduler
---@param look fun()  called from a step
---@return homey.cli.Watcher
function Watcher.new(scheduler, look)
  return setmetatable({ scheduler = scheduler, look = look, watch = system.watch(), numbers = {}, names = {} }, Watcher)
end

local function parent(path)
  local folder = path:match "^(.*)/[^/]*$"
  if folder == "" then return "/" end
  return folder or "."
end

-- Where a folder is not there, whatever is nearest above it is watched: it may come.
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

local function look_every_now_and_then(self)
  if self.polling then return end
  self.polling = self.scheduler:later(interval, function()
    self.polling = nil
    look_every_now_and_then(self)
    self.look()
  end)
end

--- Watch these folders and no others.
---@param folders table<string, boolean>
---@return boolean more     there are new ones among them: what has happened there before is not told
---@return string? problem  where only looking now and then helps, and why
function Watcher:follow(folders)
  local numbers, trouble = {}, nil
  if self.watch then numbers, trouble = add_all(self, folders) end
  if trouble or not self.watch then look_every_now_and_then(self) end
  if self.watch then drop_others(self, numbers) end
  local more = is_more(numbers, self.numbers)
  self.numbers = numbers
  return more, trouble
end

--- The descriptor to poll; nil where there is none.
---@return integer?
function Watcher:fd()
  return self.watch and self.watch:fd()
end

--- Take a look soon.
function Watcher:stir()
  local now = self.scheduler.core_loop:now()
  self.since = self.since or now
  if self.waiting then self.waiting() end
  self.waiting = self.scheduler:later(math.min(quiet, math.max(self.since + patience - now, 0)), function()
    self.waiting, self.since = nil, nil
    self.look()
  end)
end

-- Programs write into files beside the scripts all the time: their names matter, but what is in them does not.
local function matters(self, what, name)
  return what ~= "written" or not name or name:find "%.lua$" or self.names[name]
end

--- Take in what has happened.
function Watcher:read()
  if not self.watch then return end
  local stirred = false
  for _, what, name in self.watch.next, self.watch do stirred = stirred or matters(self, what, name) end
  if stirred then self:stir() end
end

--- Watch nothing any more.
function Watcher:close()
  if self.watch then self.watch:close() end
  if self.waiting then self.waiting() end
  if self.polling then self.polling() end
  self.watch = nil
end

return Watcher
