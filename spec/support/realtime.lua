--- A loop and a client of the core, with a hub in this process, for the specs of realtime.
---
---     local realtime = require "spec.support.realtime"
---     realtime.each(function(...) hub, loop, client = ... end)
local busted = require "busted"
local core = require "homey.core"
local hubs = require "spec.support.socket_hub"

local realtime = { slow = tonumber(os.getenv "HOMEY_TEST_SLOW" or "1") }

local hub, loop, client, seen, set

--- A hub that accepts everything, and a loop. A spec can change the hub before the login.
function realtime.start()
  hub, loop, seen = hubs.start(), core.loop(), {}
  return hub, loop
end

function realtime.stop()
  loop:close()
  hub:turn()
  hub:stop()
  hub, loop, client = nil, nil, nil
  collectgarbage()
end

--- A client of that hub, by default with an API key. The functions below use the last one.
---@param options? table
function realtime.login(options)
  options = options or { token = "pat" }
  options.address = hub.address
  client = assert(loop:client(options))
  if set then set(hub, loop, client) end
  return client
end

--- Start before each test of this `describe`, and stop after it.
---@param f fun(hub: table?, loop: table?, client: table?)  keeps them; called without them at last
function realtime.each(f)
  busted.before_each(function()
    set = f
    set(realtime.start())
  end)
  busted.after_each(function()
    realtime.stop()
    set()
    set = nil
  end)
end

--- The answers of an id: values, and {kind=, message=, status=} for errors.
---@param id integer
---@return table[]
function realtime.got(id)
  seen[id] = seen[id] or {}
  return seen[id]
end

--- Whether an id has an answer, nil included.
---@param id integer
function realtime.answered(id) return seen[id] ~= nil end

local got = realtime.got

--- One step of the hub and of the loop.
function realtime.turn()
  hub:turn()
  loop:wait(0.005)
  for id, value, kind, message, status in loop.next, loop do
    if kind then
      value = { kind = kind, message = message, status = status }
    elseif message then
      value = { message, value } -- an event: its name and its data
    end
    table.insert(got(id), value)
  end
end

--- Step until a condition is true. The limit only ends tests that hang.
---@param what fun(): any
function realtime.wait(what)
  local give_up = loop:now() + 60 * realtime.slow
  while true do
    realtime.turn()
    local result = what()
    if result then return result end
    if loop:now() > give_up then error("waited in vain", 2) end
  end
end

--- Step for a time.
---@param seconds number
function realtime.pass(seconds)
  local till = loop:now() + seconds
  repeat realtime.turn() until loop:now() >= till
end

--- The reported states of the connection, as text.
---@param id integer
---@return string
function realtime.states(id)
  local list = {}
  for _, event in ipairs(got(id)) do list[#list + 1] = event.state or event.kind end
  return table.concat(list, " ")
end

--- Subscribe to the connection, and step until it has been up a number of times.
---@param times? integer
---@return integer id
function realtime.connected(times)
  local id = assert(client:subscribe "homey:connection")
  realtime.wait(function()
    local n = 0
    for _, event in ipairs(got(id)) do n = n + (event.state == "connected" and 1 or 0) end
    return n >= (times or 1)
  end)
  return id
end

--- The first message of the client that matches, or nil.
function realtime.heard(socket, pattern)
  for _, text in ipairs(socket.heard) do
    if text:find(pattern) then return text end
  end
end

--- A request with the name of its operation.
---@param name string
---@param options? table
---@return integer id
function realtime.operation(name, options)
  options = options or {}
  options.operation, options.manager, options.args = name, "homey:manager:devices",
    options.args or { id = "1" }
  return assert(client:request(options.method or "GET", "/api/x", nil, options))
end

return realtime
