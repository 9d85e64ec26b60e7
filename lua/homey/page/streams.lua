--- Streams of events to browsers: server-sent events, text/event-stream.
---
--- Invariant: the queue of events for each browser is bounded. A stream that is too slow is closed;
--- its browser reconnects and reads the home again.
local Condition = require "cqueues.condition"
local core = require "homey.core"
local cqueues = require "cqueues"
local guard = require "homey.page.guard"
local response = require "homey.sim.http.response"

local most_waiting = 5000 -- events for one browser
local most_open = 32      -- streams
local silence = 15        -- seconds until a comment shows that the stream is alive

---@class homey.page.Streams
---@field open table<table, true>
local Streams = { __name = "homey.page.Streams" }
Streams.__index = Streams

--- No streams yet.
---@return homey.page.Streams
function Streams.new() return setmetatable({ open = {} }, Streams) end

local function event_text(name, data)
  return ("event: %s\ndata: %s\n\n"):format(name, (assert(core.encode(data))))
end

--- Is there a browser that listens?
---@return boolean
function Streams:has_readers() return next(self.open) ~= nil end

--- Send an event to all browsers.
---@param name string  of the event
---@param data table   sent as JSON
function Streams:publish(name, data)
  if not self:has_readers() then return end
  local text = event_text(name, data)
  for stream in pairs(self.open) do
    stream[#stream + 1] = text
    if #stream > most_waiting then stream.ended = true end
    stream.condition:signal()
  end
end

-- Detects the end of the connection: a browser sends no more data on a stream.
local function has_left(socket)
  local ok = socket:fill(1, 0)
  if ok then return true end
  local is_end = socket:eof "r"
  socket:clearerr "r"
  return is_end
end

local function write_waiting(stream, socket)
  local text = table.concat(stream)
  for i = #stream, 1, -1 do stream[i] = nil end
  if text == "" then text = ": still here\n\n" end
  return socket:xwrite(text, "bn", 30)
end

local function run(stream, socket)
  local readable = { pollfd = socket:pollfd(), events = "r" }
  while not stream.ended do
    if not stream[1] then cqueues.poll(stream.condition, readable, silence) end
    if has_left(socket) or not write_waiting(stream, socket) then return end
  end
end

--- The answer that begins a stream.
---@param first {[1]: string, [2]: table}[]  name and data of the events that it begins with
---@return homey.sim.Response
function Streams:answer(first)
  local count = 0
  for _ in pairs(self.open) do count = count + 1 end
  if count >= most_open then
    return guard.refuse(503, "too many pages are open: close one, then load this one again.")
  end
  local stream = { condition = Condition.new() }
  for i, event in ipairs(first) do stream[i] = event_text(event[1], event[2]) end
  self.open[stream] = true
  local answer = guard.add_headers(response.text(200, "text/event-stream; charset=utf-8", "", {
    { "Connection", "close" },
  }))
  function answer.serve(socket)
    table.insert(stream, 1, response.head(answer) .. ": connected\n\n")
    run(stream, socket)
    self.open[stream] = nil
  end
  return answer
end

return Streams
