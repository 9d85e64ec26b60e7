-- homey.lines: the lines of a pipe or socket, one at a time. Other tasks run while it waits.
--
-- Invariant: it reads only after a poll has found data, so a read does not block, whether the
-- descriptor blocks or not.

local descriptor = require "homey.net.descriptor"
local invalid = require "homey.util.invalid"
local new_error = require "homey.error"
local option_reader = require "homey.util.options"
local option_tables = require "homey.net.options"
local poll = require "homey.net.poll"
local raise = require "homey.util.raise"

---@class homey.LineReader
---@field scheduler homey.Scheduler
---@field file any      kept, since a file that is collected is closed
---@field max integer
---@field text string   what has been read and not returned
---@field from integer  where in it the search for a line break continues
---@field ended boolean

-- What has been read of the next line must not be longer than `max`.
local function check_length(reader, length)
  if length <= reader.max then return end
  reader.text, reader.from, reader.ended = "", 1, true
  raise(new_error("protocol", ("homey.lines: a line is longer than %d bytes. Raise `max`, or check "
    .. "what is read."):format(reader.max)))
end

-- Takes the next line out of the text; nil when its end has not been read.
local function take_line(reader)
  local at = reader.text:find("\n", reader.from, true)
  check_length(reader, at and at - 1 or #reader.text)
  if not at then
    reader.from = #reader.text + 1
    return nil
  end
  local line = reader.text:sub(1, at - 1):gsub("\r$", "")
  reader.text, reader.from = reader.text:sub(at + 1), 1
  return line
end

local function take_rest(reader)
  local rest = reader.text
  reader.text = ""
  return rest ~= "" and rest or nil
end

-- Waits for more text and adds it.
local function read_more(reader)
  poll(reader.scheduler, reader.file, "r")
  local piece, problem = reader.scheduler.core_loop:read(descriptor.of(reader.file, "homey.lines"))
  if problem then invalid("homey.lines cannot read from this: %s.", problem) end
  reader.ended = piece == ""
  if piece then reader.text = reader.text .. piece end -- false: another has read it
end

local function next_line(reader)
  local line = take_line(reader)
  while not line and not reader.ended do
    read_more(reader)
    line = take_line(reader)
  end
  return line or take_rest(reader)
end

-- What LuaSocket has read already is in its own buffer.
local function check_buffer(file)
  if descriptor.holds_data(file) then
    invalid("homey.lines: this socket has read data that it has not returned. Call homey.lines "
      .. "before its `receive`.")
  end
end

--- The lines of a file or socket.
---@param scheduler homey.Scheduler
---@param file any
---@param options? homey.LinesOptions
---@return fun(): string?
return function(scheduler, file, options)
  local given = option_reader.read(option_tables.lines, options)
  descriptor.of(file, "homey.lines")
  check_buffer(file)
  local reader =
    { scheduler = scheduler, file = file, max = given.max, text = "", from = 1, ended = false }
  return function()
    local line = next_line(reader) -- no tail call: fiber.can_yield looks for this function
    return line
  end
end
