-- Recording: a file with one JSON object a line. The first line is a snapshot of the home, each
-- further line is an event with its time.

local core = require "homey.core"
local format = require "homey.util.format"
local invalid = require "homey.util.invalid"
local is_finite = require("homey.util.number_text").is_finite
local new_error = require "homey.error"
local raise = require "homey.util.raise"

local recording = {}

local version = 1

---@class homey.cli.RecordedEvent
---@field at number      seconds since 1970
---@field device? string  id
---@field capability? string
---@field variable? string  id
---@field user? string      id
---@field present? boolean
---@field asleep? boolean
---@field value any
---@field ended? boolean  the recording ended at this time

---@class homey.cli.RecordingWriter
---@field file file*
---@field path string

local Writer = {}
Writer.__index = Writer

local function write(self, object)
  local ok, problem = self.file:write(assert(core.encode(object)), "\n")
  if ok then ok, problem = self.file:flush() end
  if not ok then
    raise(new_error("unavailable", ("%s cannot be written: %s."):format(self.path, problem)))
  end
end

--- Begin a file. One that exists is never overwritten.
---@param path string
---@param home table  the snapshot
---@param at number   seconds since 1970
---@return homey.cli.RecordingWriter
function recording.create(path, home, at)
  local existing = io.open(path, "rb")
  if existing then
    existing:close()
    invalid("the file %s exists already. Choose another name.", format(path))
  end
  local file, problem = io.open(path, "wb")
  if not file then return invalid("the recording cannot be written: %s.", problem) end
  local self = setmetatable({ file = file, path = path }, Writer)
  write(self, { recording = version, at = at, home = home })
  return self
end

--- Write an event, and flush the file.
---@param event homey.cli.RecordedEvent
function Writer:add(event) write(self, event) end

--- Write the end and close the file.
---@param at number
function Writer:close(at)
  write(self, { at = at, ended = true })
  self.file:close()
end

-- ---- reading ------------------------------------------------------------------------------------

local function check_head(head, path)
  if type(head) ~= "table" or type(head.home) ~= "table" or not is_finite(head.at) then
    invalid("%s is not a recording of `homey record`.", format(path))
  end
  if head.recording ~= version then
    invalid("%s was made by a newer version of homey. Update this one.", format(path))
  end
end

local latest = 4102444800 -- 2100-01-01: playing up to there may take hours
local texts = { "device", "capability", "variable", "user" }

local function is_event(object)
  if type(object) ~= "table" or not is_finite(object.at) then return false end
  for _, field in ipairs(texts) do
    if object[field] ~= nil and type(object[field]) ~= "string" then return false end
  end
  return object.at >= 0 and object.at < latest
end

-- Whether the last line lacks its end, as after a power cut. A pipe cannot tell.
local function is_cut_off(file)
  return file:seek("end", -1) ~= nil and file:read(1) ~= "\n"
end

--- Read a file. A last line that a power cut left incomplete is ignored.
---@param path string
---@return {at: number, home: table, events: homey.cli.RecordedEvent[], ends: number}
function recording.read(path)
  local file, problem = io.open(path, "rb")
  if not file then return invalid("the recording cannot be read: %s.", problem) end
  local head, events, broken, number, ends = nil, {}, nil, 0, nil
  for line in file:lines() do
    number = number + 1
    local object = core.decode(line)
    if number == 1 then
      head = object
      if type(head) ~= "table" then break end
    elseif broken then
      break
    elseif not is_event(object) then
      broken = number
    elseif object.ended then
      ends = object.at
    else
      events[#events + 1] = object
    end
  end
  local is_ignored = broken == number and is_cut_off(file)
  file:close()
  check_head(head, path)
  if broken and not is_ignored then
    invalid("line %d of %s is not an event of a recording.", broken, format(path))
  end
  local last = events[#events]
  return {
    at = head.at, home = head.home, events = events, ends = ends or last and last.at or head.at,
  }
end

return recording
