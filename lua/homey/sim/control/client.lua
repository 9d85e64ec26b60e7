--- Client of the control channel, for the Sim handle: blocking calls with a timeout.
local core = require "homey.core"
local cs = require "cqueues.socket"
local encoding = require "homey.sim.http.encoding"

---@class homey.sim.ControlClient
---@field port integer
---@field timeout number  seconds for one call
local Client = { __name = "homey.sim.ControlClient" }
Client.__index = Client

--- A client of the control channel on a port.
---@param port integer
---@return homey.sim.ControlClient
function Client.new(port) return setmetatable({ port = port, timeout = 60 }, Client) end

-- For socket:onerror: errors are returned, not raised.
local function return_error(_, _, code) return code end

local function connect(self)
  local socket = assert(cs.connect { host = "127.0.0.1", port = self.port, nodelay = true })
  socket:onerror(return_error)
  socket:setmode("b", "b")
  self.socket = socket
  return socket
end

local head = "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
  .. "Content-Length: %d\r\n\r\n"

local function exchange(self, body)
  local socket = self.socket or connect(self)
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

-- Strings that are not UTF-8 are sent as { hex = "..." }.
local function unhex_strings(value)
  if type(value) ~= "table" then return value end
  if type(value.hex) == "string" and next(value, next(value)) == nil then
    return encoding.unhex(value.hex)
  end
  for k, v in pairs(value) do value[k] = unhex_strings(v) end
  return value
end

--- Call an action of the simulator.
---@param op string  its name in control/actions.lua
---@param args? any
---@return any value  nil where there is none
function Client:call(op, args)
  local body = assert(core.encode { op = op, args = args })
  local reply = exchange(self, body)
  if not reply then
    self:close()
    error("the simulator does not answer: it has ended, or it hangs.", 3)
  end
  local answer = assert(core.decode(reply))
  if not answer.ok then error(answer.error, 3) end
  if answer.value == core.null then return nil end
  return unhex_strings(answer.value)
end

--- Close the connection; the next call opens a new one.
function Client:close()
  if self.socket then self.socket:close() end
  self.socket = nil
end

return Client
