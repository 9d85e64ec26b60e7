--- Files in virtual time: home:file() is a pipe or socket of which the test is the other end.
---
---     local pipe = home:file "mosquitto_sub -t door"     -- what io.popen of it returns in scripts
---     home:load "door.lua"
---     pipe:feed "open\n"
local arguments = require "homey.util.arguments"
local invalid = require "homey.util.invalid"
local format = require "homey.util.format"

---@class homey.sim.File
---@field written string  what the automation has written to it
---@field closed boolean  the automation has closed it
---@field package home homey.sim.VirtualHome
---@field package fd integer
---@field package text string  what the automation has not read
---@field package ended boolean
---@field package waiting table<integer, integer>  id of a poll -> its events
local File = { __name = "homey.sim.File" }
File.__index = File

local first = 2 ^ 30 -- above any descriptor of the machine

--- Make a file.
---@package
---@param home homey.sim.VirtualHome
---@return homey.sim.File
function File.new(home)
  local files = home.loop.files or {}
  home.loop.files = files
  local file = setmetatable({
    home = home, fd = first + #files + 1, text = "", written = "", ended = false, closed = false,
    waiting = {},
  }, File)
  files[#files + 1] = file
  return file
end

function File:__tostring()
  return ("homey.sim.File: %d bytes to read%s"):format(#self.text, self.closed and ", closed" or "")
end

-- ---- the loop's side ----------------------------------------------------------------------------

--- The file with this descriptor.
---@param loop homey.sim.Loop
---@param fd integer
---@return homey.sim.File?
function File.of(loop, fd)
  return loop.files and loop.files[fd - first]
end

local words = { "r", "w", "rw" }

-- What a poll for these events is answered now; nil when it must wait.
local function ready(file, events)
  local can_read = (file.text ~= "" or file.ended) and 1 or 0
  local found = events == 3 and can_read + 2 or events == 2 and 2 or can_read
  return words[found]
end

--- Answer a poll as the core does.
---@package
---@param loop homey.sim.Loop
---@param events integer
---@param timeout? number
---@return integer id
function File:poll(loop, events, timeout)
  local word, id = ready(self, events), nil
  if word then
    id = loop:plan(0, { act = function() loop:answer(id, word) end })
    return id
  end
  id = timeout and loop:plan(timeout, {}) or loop:hold()
  self.waiting[id] = events
  return id
end

--- Take what there is to read.
---@package
---@return string|false text  "" at the end; false when there is nothing yet
function File:take()
  local text = self.text
  self.text = ""
  return (text ~= "" or self.ended) and text
end

local function wake(file)
  local loop, ids = file.home.loop, {}
  for id in pairs(file.waiting) do ids[#ids + 1] = id end
  table.sort(ids)
  for _, id in ipairs(ids) do
    local word = ready(file, file.waiting[id])
    if word then
      file.waiting[id] = nil
      loop:release(id, word)
    end
  end
end

-- ---- the test's side ----------------------------------------------------------------------------

--- Let text arrive.
---@param text string
---@return homey.sim.File self
function File:feed(text)
  if type(text) ~= "string" then invalid("file:feed takes text, not %s.", format(text)) end
  self.home:settle()
  self.text = self.text .. text
  wake(self)
  self.home:settle()
  return self
end

--- Let the other end close: after what has arrived the automation reads the end.
---@return homey.sim.File self
function File:finish()
  self.home:settle()
  self.ended = true
  wake(self)
  self.home:settle()
  return self
end

-- ---- the automation's side ----------------------------------------------------------------------

--- The number of its descriptor.
---@return integer
function File:getfd()
  return self.closed and -1 or self.fd
end

--- Write text, which `written` keeps.
---@param ... string|number
---@return homey.sim.File self
function File:write(...)
  self.written = self.written .. table.concat { ... }
  return self
end

--- Nothing is buffered.
---@return homey.sim.File self
function File:flush() return self end

--- Nothing is buffered.
---@return boolean
function File:setvbuf() return true end -- luacheck: no self

--- Close the file.
---@return boolean
function File:close()
  self.closed = true
  return true
end

local function by_lines(name)
  return function()
    invalid("in virtual time an automation reads this file by homey.lines, not by file:%s.", name)
  end
end

File.read, File.lines = by_lines "read", by_lines "lines"

return arguments.check_methods(File, File, "file",
  "feed/1 finish/0 getfd/0 write/9 flush/0 setvbuf/2 close/0")
