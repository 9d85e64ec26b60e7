-- Many calls at once over the realtime connection: how many are unanswered, how that changes, and
-- what becomes of each.
-- Runs on one Lua: no Lua has a part in it.
local hubs = require "spec.support.socket_hub"
local realtime = require "spec.support.realtime"
local login, got, wait, pass = realtime.login, realtime.got, realtime.wait, realtime.pass
local connected, operation = realtime.connected, realtime.operation

local unpack = table.unpack or unpack
local MOST, REFUSED = 64, '{"statusCode":429,"error":"busy"}'

describe("many calls over the realtime connection", function()
  local hub, loop, client

  realtime.each(function(...) hub, loop, client = ... end)

  -- A hub that answers when the spec says so.
  local function hold_answers()
    hub.on_socket = function(socket)
      socket:greet()
      socket.calls, socket.answered = {}, 0
      socket:serve(function(name, _, id)
        table.insert(socket.calls, { id = id, name = name })
        return false
      end)
    end
    login()
    connected()
    return hub.sockets[1]
  end

  -- Answers the next calls that the hub holds, all in one write.
  local function answer(socket, count, words)
    local bytes = {}
    for i = socket.answered + 1, socket.answered + count do
      bytes[#bytes + 1] = hubs.frame(("43/api,%s[%s]")
        :format(socket.calls[i].id, words or 'null,"' .. socket.calls[i].name .. '"'))
    end
    socket.answered = socket.answered + count
    socket:raw(table.concat(bytes))
  end

  local function ask(count, options)
    local ids = {}
    for i = 1, count do
      local copy = {}
      for name, value in pairs(options or {}) do copy[name] = value end
      ids[i] = operation("call" .. i, copy)
    end
    return ids
  end

  local function count_answered(ids)
    local count = 0
    for _, id in ipairs(ids) do count = count + #got(id) end
    return count
  end

  -- Waits until the hub holds so many unanswered calls, and sees that it does not get another.
  local function holds(socket, count)
    wait(function() return #socket.calls - socket.answered >= count end)
    pass(0.1)
    assert.equal(count, #socket.calls - socket.answered)
  end

  it("leaves 64 of them unanswered, and answers each once, in their order", function()
    local socket = hold_answers()
    local ids = ask(200)
    holds(socket, MOST)
    while socket.answered < 200 do
      answer(socket, math.min(MOST, 200 - socket.answered))
      holds(socket, math.min(MOST, 200 - socket.answered))
    end
    wait(function() return count_answered(ids) == 200 end)
    for i, id in ipairs(ids) do
      assert.same({ "call" .. i }, got(id))
      assert.equal("call" .. i, socket.calls[i].name)
    end
    assert.equal(0, hub:count "^/api/x")
  end)

  it("sends another soon, when one is answered and the others are not", function()
    local socket = hold_answers()
    ask(70)
    holds(socket, MOST)
    answer(socket, 1)
    holds(socket, MOST)
    answer(socket, 3)
    holds(socket, MOST)
  end)

  it("halves that by a 429, and raises it with each full round of successes", function()
    local socket = hold_answers()
    local ids = ask(1)
    holds(socket, 1)
    answer(socket, 1, REFUSED)
    pass(0.1)
    ids = { ids[1], unpack(ask(150)) }
    for limit = MOST / 2, MOST / 2 + 2 do
      holds(socket, limit)
      answer(socket, limit)
    end
    holds(socket, MOST / 2 + 3)
    assert.equal("call1", socket.calls[2].name) -- it goes first, as it has waited longest
    assert.equal(32 + 33 + 34, count_answered(ids))
  end)

  it("halves it once for all that were sent together", function()
    local socket = hold_answers()
    local ids = ask(70)
    holds(socket, MOST)
    answer(socket, MOST, REFUSED)
    holds(socket, MOST / 2)
    answer(socket, MOST / 2, REFUSED)
    holds(socket, MOST / 4)
    assert.equal(0, count_answered(ids))
  end)

  it("leaves at least one after many that come late", function()
    local socket = hold_answers()
    for i = 1, 8 do
      local late = operation("late" .. i, { timeout = 0.05 })
      wait(function() return got(late)[1] end)
    end
    socket.answered = #socket.calls
    ask(10)
    holds(socket, 1)
    answer(socket, 1)
    holds(socket, 2)
  end)

  it("halves it by an answer that does not come in time", function()
    local socket = hold_answers()
    local late = operation("late", { timeout = 0.2 })
    ask(150)
    holds(socket, MOST)
    wait(function() return got(late)[1] end)
    assert.equal("timeout", got(late)[1].kind)
    socket.answered = 1
    holds(socket, MOST - 1)
    answer(socket, MOST - 1)
    holds(socket, MOST / 2 + 1) -- raised once since
  end)

  it("keeps the limit over HTTP apart", function()
    local now, most, waiting = 0, 0, true
    hub.on_request = function(request)
      if not request.path:find "^/api/http" then return "200 OK", "true" end
      now = now + 1
      most = math.max(most, now)
      while waiting do hubs.sleep(0.01) end
      now = now - 1
      return "200 OK", '"http"'
    end
    local socket = hold_answers()
    ask(MOST + 20)
    holds(socket, MOST)
    answer(socket, 1, REFUSED)
    pass(0.1)
    local plain = {}
    for i = 1, 30 do plain[i] = client:request("GET", "/api/http" .. i) end
    -- The hub has asked for a pause. Then the limit over HTTP is as at first.
    wait(function() return now == 4 end)
    pass(0.1)
    assert.equal(4, most)
    waiting = false
    wait(function() return count_answered(plain) == 30 end)
    assert.is_true(most <= 12, most)
    assert.equal(MOST - 1, #socket.calls - socket.answered)
  end)

  it("lets neither way hold the other", function()
    local waiting = true
    hub.on_request = function(request)
      while waiting and request.path:find "^/api/http" do hubs.sleep(0.01) end
      return "200 OK", '"http"'
    end
    local socket = hold_answers()
    ask(MOST + 10)
    holds(socket, MOST)
    local plain = {}
    for i = 1, 10 do plain[i] = client:request("GET", "/api/http" .. i) end
    wait(function() return hub:count "^/api/http" == 4 end)
    answer(socket, MOST)
    ask(5)
    holds(socket, 15)
    waiting = false
    wait(function() return count_answered(plain) == 10 end)
  end)

  it("gives each its time after the answer to the one before", function()
    local socket = hold_answers()
    local ids = ask(15, { timeout = 2 })
    holds(socket, 15)
    for _ = 1, 15 do -- 3 s in all
      pass(0.2)
      answer(socket, 1)
    end
    wait(function() return count_answered(ids) == 15 end)
    for i, id in ipairs(ids) do assert.same({ "call" .. i }, got(id)) end
  end)

  it("fails one that the hub passes over, while it answers the later ones", function()
    local socket = hold_answers()
    local ids = ask(20, { timeout = 1 })
    holds(socket, 20)
    answer(socket, 1)
    socket.answered = 2
    while not got(ids[2])[1] do
      pass(0.1)
      if socket.answered < 20 then answer(socket, 1) end
    end
    assert.equal("timeout", got(ids[2])[1].kind)
    if socket.answered < 20 then answer(socket, 20 - socket.answered) end
    wait(function() return count_answered(ids) == 20 end)
    for i, id in ipairs(ids) do
      if i ~= 2 then assert.same({ "call" .. i }, got(id)) end
    end
  end)

  it("repeats none but those that may be, when the connection breaks among them", function()
    hub.on_request = function(request) return "200 OK", '"' .. request.path .. '"' end
    local socket = hold_answers()
    local ids, once = {}, {}
    for i = 1, 100 do
      once[i] = i % 4 == 0
      ids[i] = assert(client:request("PUT", "/api/call/" .. i, "{}", {
        operation = "call" .. i, manager = "homey:manager:devices", args = {}, once = once[i],
      }))
    end
    holds(socket, MOST)
    answer(socket, 10)
    wait(function() return count_answered(ids) == 10 end)
    holds(socket, MOST)
    hub.on_socket = function() end -- it does not come back
    socket.con:shutdown "rw"
    wait(function() return count_answered(ids) == 100 end)
    pass(0.2)
    for i, id in ipairs(ids) do
      local sent, path = i <= 74, "/api/call/" .. i
      assert.equal(1, #got(id))
      if i <= 10 then
        assert.equal("call" .. i, got(id)[1])
      elseif sent and once[i] then
        assert.matches("may have been carried out", got(id)[1].message)
      else
        assert.equal(path, got(id)[1])
      end
      assert.equal(got(id)[1] == path and 1 or 0, hub:count("^" .. path .. "$"))
    end
  end)

  it("sends the next for a cancelled one, and never one that was cancelled before", function()
    local socket = hold_answers()
    local ids = ask(70)
    holds(socket, MOST)
    loop:cancel(ids[10])
    loop:cancel(ids[66])
    holds(socket, MOST + 1)
    assert.equal("call65", socket.calls[65].name)
    answer(socket, 65)
    holds(socket, 4)
    answer(socket, 4)
    wait(function() return count_answered(ids) == 70 end)
    for i, id in ipairs(ids) do
      local value = got(id)[1]
      if i == 10 or i == 66 then
        assert.equal("cancelled", value.kind)
      else
        assert.equal("call" .. i, value)
      end
    end
  end)
end)
