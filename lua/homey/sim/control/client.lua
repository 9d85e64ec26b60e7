--- The handle's end of the control channel: blocking calls with a deadline, on one kept connection.
local core = require "homey.core"
local cs = require "cqueues.socket"
local encoding = require "homey.sim.http.encoding"

---@class homey.sim.Link
---@field port integer
---@field timeout number  seconds for one call
local Link = { __name = "homey.sim.Link" }
Link.__index = Link

--- A link to the control channel on this port.
---@param port integer
---@return homey.sim.Link
function Link.new(port) return setmetatable({ port = port, timeout = 60 }, Link) end

local function quiet(_, _, why) return why end

local function connect(self)
  local socket = assert(cs.connect { host = "127.0.0.1", port = self.port, nodelay = true })
  socket:onerror(quiet)
  socket:setmode("b", "b")
  self.socket = socket
  return socket
end

local function exchange(self, body)
  local socket = self.socket or connect(self)
  local head = "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
  if not socket:xwrite(head:format(#body) .. body, "bn", self.timeout) then return nil end
  local length
  repeat
    local line = socket:xread("*L", self.timeout)
    if not line then return nil end
    length = length or tonumber(line:match("^Content%-Length: (%d+)"))
  until line == "\r\n"
  local reply = socket:xread(length, self.timeout)
  return reply and #reply == length and reply or nil
end

local function unpacked(value)
  if type(value) ~= "table" then return value end
  if type(value.hex) == "string" and next(value, next(value)) == nil then return encoding.unhex(value.hex) end
  for k, v in pairs(value) do value[k] = unpacked(v) end
  return value
end

--- Ask the simulator for an operation.
---@param op string
---@param args? any
---@return any value  nil where there is none
function Link:call(op, args)
  local body = assert(core.encode { op = op, args = args })
  local reply = exchange(self, body)
  if not reply then
    self:close()
    error("the simulator does not answer: it has ended, or it hangs", 3)
  end
  local answer = assert(core.decode(reply))
  if not answer.ok then error(answer.error, 3) end
  if answer.value == core.null then return nil end
  return unpacked(answer.value)
end

--- Close the connection; the next call makes a new one.
function Link:close()
  if self.socket then self.socket:close() end
  self.socket = nil
end

return Link
