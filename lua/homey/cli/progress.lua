-- Progress: a sign on a terminal that a command waits, from half a second on. It is on stderr, and
-- goes before anything else is written. A pipe never sees it.

local log = require "homey.util.log"
local output = require "homey.cli.output"
local system = require "homey.system"

---@class homey.cli.Progress
---@field due number        when it is drawn next, by the clock of the loop
---@field frame integer     0: it is not on the screen
local Progress = { __name = "homey.cli.Progress" }
Progress.__index = Progress

local patience = 0.5 -- seconds until it appears
local step = 0.1     -- seconds between two pictures
local frames = { "-", "\\", "|", "/" }

local function is_possible()
  local terminal = os.getenv "TERM" or ""
  return terminal ~= "" and terminal ~= "dumb" and system.isatty(2)
end

local function erase(self)
  if self.frame > 0 then io.stderr:write "\r\27[K" end
  self.frame = 0
end

--- Begin.
---@param now number  seconds of the loop's clock
---@return homey.cli.Progress?  nil where no person sees it
function Progress.start(now)
  if not is_possible() then return nil end
  local self = setmetatable({ due = now + patience, frame = 0 }, Progress)
  output.before = function() self:stop() end
  log.tap(function()
    erase(self)
    return false
  end)
  return self
end

--- How long the loop may wait.
---@param now number
---@param pause? number  seconds; nil: as long as it likes
---@return number? seconds
function Progress:pause(now, pause)
  if not self.due then return pause end
  local left = math.max(self.due - now, 0)
  return math.min(pause or left, left)
end

--- Draw it where it is due.
---@param now number
function Progress:show(now)
  if not self.due or now < self.due then return end
  self.frame, self.due = self.frame % #frames + 1, now + step
  io.stderr:write("\r", frames[self.frame], " waiting for the hub")
end

--- End it, for good.
function Progress:stop()
  erase(self)
  self.due = nil
  output.before = nil
  log.tap(nil)
end

return Progress
