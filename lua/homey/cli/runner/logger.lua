-- The log of a program that runs scripts: a line with time, level and file on stderr for each thing that is said, or
-- an object of JSON a line for programs that read it.
--
-- Invariant: it is bounded, whatever a script prints: a thousand texts of a file in ten minutes, 8 KiB each. What is beyond is
-- counted, and told with the next text of that file.

local core = require "homey.core"
local instant = require "homey.time.timestamp"
local text = require "homey.util.text"

local window = 600   -- seconds
local most = 1000    -- texts of a file in that time
local longest = 8192 -- bytes of a text

local levels = { debug = 1, info = 2, warning = 3, error = 4 }

---@class homey.cli.Logger
---@field least integer   what is less important is not said
---@field form fun(at: number, level: string, text: string, file: string?): string
---@field write fun(line: string)
---@field time fun(): number
---@field files table<string, {since: number, count: integer, dropped: integer}>
local Logger = { __name = "homey.cli.Logger" }
Logger.__index = Logger

local function quoted(words)
  return text.visible_json(core.encode(words) or core.encode(text.visible(words)))
end

local function as_json(at, level, words, file)
  return ('{"time":%s,"level":%s%s,"text":%s}\n'):format(quoted(instant.text(at * 1000)), quoted(level),
    file and ',"file":' .. quoted(file) or "", quoted(words))
end

local function as_text(at, level, words, file)
  return ("%s %s: %s%s\n"):format(os.date("%Y-%m-%d %H:%M:%S", math.floor(at)), level,
    file and text.visible(file) .. ": " or "", text.visible(words, true))
end

--- A logger.
---@param options {json: boolean?, least: string?, write: fun(line: string)?, time: fun(): number}  time: seconds since 1970
---@return homey.cli.Logger
function Logger.new(options)
  return setmetatable({
    files = {}, least = levels[options.least or "info"], form = options.json and as_json or as_text, time = options.time,
    write = options.write or function(line) io.stderr:write(line) end,
  }, Logger)
end

local function put(self, level, words, file)
  self.write(self.form(self.time(), level, words, file))
end

-- Is there room for another text of this file? A clock that was set begins a new window.
local function has_room(self, file)
  local now, key = self.time(), file or ""
  local used = self.files[key]
  if not used or now < used.since or now - used.since >= window then
    local dropped = used and used.dropped or 0
    used = { since = now, count = 0, dropped = 0 }
    self.files[key] = used
    if dropped > 0 then
      put(self, "warning", ("%d lines were not logged, since there were more than %d in 10 min."):format(dropped, most), file)
    end
  end
  used.count = used.count + 1
  if used.count > most then used.dropped = used.dropped + 1 end
  return used.count <= most
end

local function cut(words)
  if #words <= longest then return words end
  return (words:sub(1, longest):gsub("[\192-\255]?[\128-\191]*$", "")) .. ("... (%d bytes more)"):format(#words - longest)
end

--- Say something.
---@param level "debug"|"info"|"warning"|"error"
---@param words string
---@param file? string  what it is about
function Logger:say(level, words, file)
  if (levels[level] or levels.info) < self.least or not has_room(self, file) then return end
  put(self, level, cut(words), file)
end

return Logger
