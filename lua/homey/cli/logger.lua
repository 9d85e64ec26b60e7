-- The log of a program that runs scripts: a line with time, level and file on stderr for each thing that is said, or
-- an object of JSON a line for programs that read it.

local core = require "homey.core"
local instant = require "homey.instant"
local text = require "homey.text"

local levels = { debug = 1, info = 2, warning = 3, error = 4 }

---@class homey.cli.Logger
---@field least integer   what is less important is not said
---@field form fun(at: number, level: string, text: string, file: string?): string
---@field write fun(line: string)
---@field time fun(): number
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
---@param options {json: boolean?, least: string?, write: fun(line: string)?, time: fun(): number}
---@return homey.cli.Logger
function Logger.new(options)
  return setmetatable({
    least = levels[options.least or "info"], form = options.json and as_json or as_text, time = options.time,
    write = options.write or function(line) io.stderr:write(line) end,
  }, Logger)
end

--- Say something.
---@param level "debug"|"info"|"warning"|"error"
---@param words string
---@param file? string  what it is about
function Logger:say(level, words, file)
  if (levels[level] or levels.info) < self.least then return end
  self.write(self.form(self.time(), level, words, file))
end

return Logger
