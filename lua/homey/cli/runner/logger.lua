-- Log writer of `homey run`: writes lines with time, level and file to stderr, or one JSON object a
-- line for programs that read them.
--
-- Invariant: the log is bounded, whatever a script prints: of each file a thousand lines in ten
-- minutes, of 8 KiB each. Further lines are counted, and the count is logged with the next one.

local core = require "homey.core"
local text = require "homey.util.text"
local timestamp = require "homey.time.timestamp"

local window = 600   -- seconds
local most = 1000    -- lines of a file in that time
local longest = 8192 -- bytes of a line

local levels = { debug = 1, info = 2, warning = 3, error = 4 }

---@class homey.cli.Logger
---@field least integer   the least level that is logged
---@field format fun(at: number, level: string, text: string, file: string?): string
---@field write fun(line: string)
---@field time fun(): number
---@field follower? fun(level: string, text: string, file: string?)  gets what is logged
---@field files table<string, {since: number, count: integer, dropped: integer}>
local Logger = { __name = "homey.cli.Logger" }
Logger.__index = Logger

local function quoted(s)
  return text.visible_json(core.encode(s) or core.encode(text.visible(s)))
end

local function json_line(at, level, message, file)
  return ('{"time":%s,"level":%s%s,"text":%s}\n'):format(quoted(timestamp.text(at * 1000)),
    quoted(level), file and ',"file":' .. quoted(file) or "", quoted(message))
end

local function text_line(at, level, message, file)
  return ("%s %s: %s%s\n"):format(os.date("%Y-%m-%d %H:%M:%S", math.floor(at)), level,
    file and text.visible(file) .. ": " or "", text.visible(message, true))
end

--- A logger.
---@param options {json: boolean?, least: string?, write: fun(line: string)?, time: fun(): number}
---   time: seconds since 1970
---@return homey.cli.Logger
function Logger.new(options)
  return setmetatable({
    files = {}, least = levels[options.least or "info"], time = options.time,
    format = options.json and json_line or text_line,
    write = options.write or function(line) io.stderr:write(line) end,
  }, Logger)
end

local function write_line(self, level, message, file)
  self.write(self.format(self.time(), level, message, file))
end

-- May another line of this file be logged? A clock that was set back begins a new window.
local function has_room(self, file)
  local now, key = self.time(), file or ""
  local used = self.files[key]
  if not used or now < used.since or now - used.since >= window then
    local dropped = used and used.dropped or 0
    used = { since = now, count = 0, dropped = 0 }
    self.files[key] = used
    if dropped > 0 then
      write_line(self, "warning",
        ("%d lines were dropped: there were more than %d in 10 min."):format(dropped, most), file)
    end
  end
  used.count = used.count + 1
  if used.count > most then used.dropped = used.dropped + 1 end
  return used.count <= most
end

local function truncate(s)
  if #s <= longest then return s end
  local kept = s:sub(1, longest):gsub("[\192-\255]?[\128-\191]*$", "")
  return kept .. ("... (%d bytes more)"):format(#s - longest)
end

--- Log a message.
---@param level "debug"|"info"|"warning"|"error"
---@param message string
---@param file? string  the script that it is about
function Logger:log(level, message, file)
  if (levels[level] or levels.info) < self.least or not has_room(self, file) then return end
  message = truncate(message)
  write_line(self, level, message, file)
  if self.follower then self.follower(level, message, file) end
end

--- Call f with each message that is logged, too. One function at a time.
---@param f fun(level: string, text: string, file: string?)
---@return fun() stop
function Logger:follow(f)
  self.follower = f
  return function() self.follower = nil end
end

return Logger
