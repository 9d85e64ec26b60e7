-- The realtime connection of the C core, against a scripted hub in this process.
-- Runs on one Lua: no Lua has a part in it.
local realtime = require "spec.support.realtime"
local core = require "homey.core"
local hubs = require "spec.support.socket_hub"

local login, got, wait, pass = realtime.login, realtime.got, realtime.wait, realtime.pass
local states, connected = realtime.states, realtime.connected
local heard, operation = realtime.heard, realtime.operation

describe("the realtime connection", function()
  local hub, loop, client

  realtime.each(function(...) hub, loop, client = ... end)

  it("opens with the first subscription", function()
    login()
    pass(0.05)
    assert.equal(0, #hub.requests)
    local id = client:subscribe "homey:device:1"
    wait(function() return got(id)[1] end)
    assert.same({ { "homey:subscribed", core.null } }, got(id))
    local request = hub.sockets[1].request
    assert.equal("/socket.io/?EIO=3&transport=websocket", request.path)
    assert.equal("13", request.headers["sec-websocket-version"])
    assert.is_nil(request.headers.authorization)
    assert.is_nil(request.headers["sec-websocket-protocol"])
    assert.same({ '420["handshakeClient",{"token":"pat","homeyId":"' .. hubs.hub_id .. '"}]',
      "40/api,",
      '42/api,0["subscribe","homey:device:1"]' }, hub.sockets[1].heard)
  end)

  it("closes with the last subscription", function()
    login()
    local a, b = client:subscribe "homey:device:1", client:subscribe "homey:device:2"
    wait(function() return got(a)[1] and got(b)[1] end)
    loop:cancel(a)
    wait(function() return heard(hub.sockets[1], '42/api,%["unsubscribe","homey:device:1"%]') end)
    assert.same({ kind = "cancelled", message = got(a)[2].message }, got(a)[2])
    loop:cancel(b)
    wait(function() return hub.sockets[1].close_code end)
    assert.equal(1000, hub.sockets[1].close_code)
    assert.is_truthy(heard(hub.sockets[1], "^41/api,$"))
    assert.is_truthy(heard(hub.sockets[1], "^41$"))
    pass(0.1)
    assert.is_nil(loop:timeout())
    local again = client:subscribe "homey:device:1"
    wait(function() return got(again)[1] end)
  end)

  it("subscribes once for many listeners", function()
    login()
    local a, b = client:subscribe "homey:device:1", client:subscribe "homey:device:1"
    wait(function() return got(a)[1] and got(b)[1] end)
    local c = client:subscribe "homey:device:1"
    loop:cancel(a)
    hub.sockets[1]:event("homey:device:1", "capability", '{"value":1}')
    wait(function() return got(b)[2] and got(c)[2] end)
    assert.same({ "homey:subscribed", core.null }, got(c)[1])
    local n = 0
    for _, text in ipairs(hub.sockets[1].heard) do n = n + (text:find "subscribe" and 1 or 0) end
    assert.equal(1, n)
    assert.equal("cancelled", got(a)[2].kind)
  end)

  it("delivers events in order, own echo included", function()
    hub.on_socket = function(socket)
      socket:greet()
      socket:expect '"subscribe"'
      socket:event("homey:device:1", "capability", '{"n":1}')
      socket:event("homey:device:9", "capability", '{"n":0}')
      socket:send "43/api,0[null]"
      socket:serve(function()
        socket:event("homey:device:1", "capability", '{"n":2,"transactionId":"mine"}')
        return 'null,{"done":true}'
      end)
    end
    login()
    local id = client:subscribe "homey:device:1"
    wait(function() return got(id)[2] end)
    local call = operation("setCapabilityValue", { method = "PUT" })
    wait(function() return got(call)[1] end)
    assert.same({ { "capability", { n = 1 } }, { "homey:subscribed", core.null },
      { "capability", { n = 2, transactionId = "mine" } } }, got(id))
    assert.same({ { done = true } }, got(call))
    assert.equal(0, hub:count "^/api/x")
  end)

  it("matches any spelling of a uri and any packet", function()
    login()
    local id = client:subscribe "homey:device:é"
    wait(function() return got(id)[1] end)
    hub.sockets[1]:send '42/api,["homey\\u003adevice:\\u00e9" , "odd",1,[2,{"a":"]"}]]'
    hub.sockets[1]:send '42/api,7["homey:device:é","update",{}]'
    hub.sockets[1]:send "42/other,[\"homey:device:é\",\"not ours\"]"
    hub.sockets[1]:send "6"
    hub.sockets[1]:send "2"
    hub.sockets[1]:send "47unknown"
    hub.sockets[1]:send "9"
    wait(function() return got(id)[3] and heard(hub.sockets[1], "^3$") end)
    assert.same({ { "homey:subscribed", core.null }, { "odd", 1 },
      { "update", {} } }, got(id))
    assert.is_truthy(heard(hub.sockets[1], "^43/api,7%[%]$"))
  end)

  it("pings at the hub's intervals and wakes for nothing else", function()
    hub.on_socket = function(socket) socket:greet(200, 20000) socket:serve() end
    login()
    connected()
    local before, began = #hub.sockets[1].heard, loop:now()
    wait(function() return #hub.sockets[1].heard - before >= 4 end)
    local pings, most = #hub.sockets[1].heard - before, (loop:now() - began) / 0.2 + 1
    assert.is_true(pings <= most, pings)
    for i = before + 1, #hub.sockets[1].heard do assert.equal("2", hub.sockets[1].heard[i]) end
    assert.is_true(loop:timeout() <= 0.2)
  end)

  it("detects a dead connection and reconnects", function()
    hub.on_socket = function(socket, n)
      socket:greet(100, n == 1 and 900 or 20000)
      if n == 1 then hubs.sleep(600) else socket:serve() end
    end
    login()
    local id = connected(2)
    assert.equal("connecting connected disconnected connected", states(id))
    assert.is_false(got(id)[2].resumed)
    assert.matches("stopped answering", got(id)[3].message)
    assert.equal("network", got(id)[3].kind)
    assert.is_true(got(id)[4].resumed)
  end)

  it("searches the hub before it reconnects", function()
    hub.on_socket = function(socket, n)
      socket:greet(50, 50)
      if n == 1 then hubs.sleep(600) else socket:serve() end
    end
    login()
    client:subscribe "homey:device:1"
    wait(function() return hub.sockets[2] end)
    assert.equal(2, hub:count "system/ping")
  end)

  it("counts any packet as a sign of life", function()
    local widest, over
    hub.on_socket = function(socket)
      socket:greet(100, 800)
      local last = loop:now()
      for _ = 1, 25 do
        hubs.sleep(0.05)
        widest, last = math.max(widest, loop:now() - last), loop:now()
        socket:send "6"
      end
      over = true
      socket:serve()
    end
    local id
    repeat -- repeats when the machine stood still
      widest, over = 0, false
      login()
      id = connected()
      wait(function() return over end)
    until widest < 0.7
    assert.equal("connecting connected", states(id))
  end)

  it("subscribes to everything again", function()
    hub.on_socket = function(socket, n)
      socket:greet()
      if n == 1 then
        socket:expect "subscribe" socket:send "43/api,0[null]"
        socket:expect "subscribe" socket:send "43/api,1[null]"
        hubs.sleep(0.05)
      else
        socket:serve()
      end
    end
    login()
    local a, b = client:subscribe "homey:device:1", client:subscribe "homey:device:2"
    wait(function() return got(a)[2] and got(b)[2] end)
    assert.same({ "homey:subscribed", core.null }, got(a)[2])
    hub.sockets[2]:event("homey:device:2", "capability", "1")
    wait(function() return got(b)[3] end)
  end)

  it("is ready only after a short while", function()
    hub.on_socket = function(socket, n)
      socket:greet()
      if n > 1 then socket:serve() else socket:send "41/api," end
    end
    login()
    local id = connected()
    assert.equal("connecting disconnected connected", states(id))
  end)

  for trouble, faults in pairs {
    ["always dies at once"] = { on_socket = function(socket)
      socket:greet()
      socket:send "41/api,"
    end },
    ["is cut off whenever it is asked for"] =
      { on_upgrade = function(con) con:close() return true end },
  } do
    it("reports refusal by a hub that " .. trouble .. ", and retries", function()
      for name, fault in pairs(faults) do hub[name] = fault end
      login()
      local id = client:subscribe "homey:connection"
      wait(function() return states(id):find "refused" end)
      assert.equal("connecting disconnected refused", states(id))
      assert.is_true(got(id)[3].retry_ms > 10000)
    end)
  end

  it("waits as long as the hub asks, one hour at most", function()
    for text, bounds in pairs { ["7"] = { 6000, 7000 }, ["999999"] = { 3500000, 3600000 },
      ["7 days"] = { 0, 1500 } } do
      hub.on_upgrade = function(con)
        return con:xwrite("HTTP/1.1 503 Busy\r\nRetry-After: " .. text
          .. "\r\nContent-Length: 0\r\n\r\n", "bn")
      end
      login()
      local id = client:subscribe "homey:connection"
      wait(function() return got(id)[2] end)
      local ms = got(id)[2].retry_ms
      assert.is_true(ms >= bounds[1] and ms <= bounds[2], text .. ": " .. ms)
      client:close()
    end
  end)

  it("is not opened without the hub's intervals", function()
    hub.on_socket = function(socket)
      socket:send "40"
      hubs.sleep(0.2)
      socket.early = #socket.heard
      if socket:greet() then socket:serve() end
    end
    login()
    connected()
    assert.equal(0, hub.sockets[1].early)
  end)

  for _, status in ipairs {
    "200 OK", "400 Bad Request", "403 Forbidden", "404 Not Found", "426 Upgrade Required",
    "501 Not Implemented",
  } do
    it("is refused by " .. status, function()
      hub.on_upgrade = function(con)
        return con:xwrite("HTTP/1.1 " .. status .. "\r\nContent-Length: 2\r\n\r\nno", "bn")
      end
      login()
      local id = client:subscribe "homey:connection"
      wait(function() return got(id)[2] end)
      assert.equal("connecting refused", states(id))
      assert.equal(tonumber(status:match "%d+"), got(id)[2].status)
      local call = operation "getDevices"
      wait(function() return got(call)[1] end)
      assert.same({ way = "http" }, got(call)[1])
    end)
  end

  it("retries soon after a hub's failure", function()
    local upgrades = 0
    hub.on_upgrade = function(con)
      upgrades = upgrades + 1
      return upgrades == 1 and con:xwrite("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", "bn")
    end
    login()
    assert.equal("connecting disconnected connected", states(connected()))
  end)

  it("reconnects at once after a successful request", function()
    login()
    local id = connected()
    hub.on_upgrade = function(con) con:close() return true end
    hub.sockets[1].con:shutdown "rw"
    wait(function() return #got(id) >= 3 end)
    wait(function() return hub:count "socket%.io" >= 3 end) -- the next delay is at least 2 s
    local asked, came
    hub.on_request = function()
      asked = loop:now()
      return "200 OK", "true"
    end
    hub.on_upgrade = function() came = came or loop:now() end
    local call = client:request("GET", "/api/x")
    wait(function() return got(call)[1] and states(id):find "disconnected.*connected$" end)
    assert.is_true(came - asked < 1.5, ("%g s after the request"):format(came - asked))
  end)

  it("does not reconnect sooner when that failed", function()
    hub.on_upgrade = function(con) con:close() return true end
    login()
    client:subscribe "homey:connection"
    local till = loop:now() + 4
    while loop:now() < till do
      local call = client:request("GET", "/api/x")
      wait(function() return got(call)[1] end)
    end
    local tries = hub:count "socket%.io"
    -- after 0, 1, 2 and 4 s, with a jitter of 50%
    assert.is_true(tries <= 4, tries .. " tries")
  end)

  it("is stale without a sign of life", function()
    hub.on_upgrade = function(con) con:close() return true end
    login { token = "pat", stale = 0.3 }
    local id = client:subscribe "homey:connection"
    wait(function() return states(id):find "stale" end)
    hub.on_upgrade = nil
    wait(function() return states(id):find "stale.*connected" end)
  end)

  it("is stale while connected to a silent hub", function()
    local is_stale
    hub.on_socket = function(socket)
      socket:greet(25000, 25000)
      repeat hubs.sleep(0.02) until is_stale
      socket:send "3"
      socket:serve()
    end
    login { token = "pat", stale = 0.4 }
    local id = connected()
    wait(function() return states(id):find "stale" end)
    is_stale = true
    wait(function() return states(id):find "stale connected" end)
    assert.equal("connecting connected stale connected", states(id))
    assert.is_true(got(id)[4].resumed)
    assert.equal(1, #hub.sockets)
  end)

  it("asks for signs of life often enough", function()
    login { token = "pat", stale = 0.6 }
    connected()
    wait(function() return heard(hub.sockets[1], "^2$") end) -- the hub asks for a ping every 25 s
  end)

  it("reconnects soon when refused by a starting hub", function()
    local upgrades = 0
    hub.on_upgrade = function(con)
      upgrades = upgrades + 1
      return upgrades <= 2
        and con:xwrite("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "bn")
    end
    login()
    assert.equal("connecting refused connected", states(connected()))
  end)

  for _, state in ipairs {
    { "before anything", function() end },
    { "while connecting", function() realtime.turn() end },
    { "before the upgrade", function()
      hub.on_upgrade = function() hubs.sleep(5) return true end
      wait(function() return hub:count "socket" > 0 end)
    end },
    { "before the opening", function()
      hub.on_socket = function() hubs.sleep(5) end
      wait(function() return hub.sockets[1] end)
    end },
    { "before the handshake", function()
      hub.on_socket = function(socket) socket:open() hubs.sleep(5) end
      wait(function() return hub.sockets[1] end)
      pass(0.05)
    end },
    { "before the namespace", function()
      hub.on_socket = function(socket)
        socket:open()
        socket:expect "hand" socket:send '430[null,{"namespace":"/api"}]'
        socket:receive()
        hubs.sleep(5)
      end
      wait(function() return hub.sockets[1] and hub.sockets[1].heard[2] end)
    end },
    { "before the subscribe ack", function()
      hub.on_socket = function(socket) socket:greet() socket:receive() hubs.sleep(5) end
      wait(function() return hub.sockets[1] and hub.sockets[1].heard[3] end)
    end },
    { "when ready", function() pass(0.2) end },
    { "while waiting to come back", function()
      hub.on_upgrade = function(con) con:close() return true end
      pass(0.2)
    end },
  } do
    it("can be freed " .. state[1], function()
      login()
      local a, b = client:subscribe "homey:device:1", client:subscribe "homey:connection"
      state[2]()
      local call = operation "getDevices"
      pass(0.02)
      client:close()
      wait(function() return #got(a) > 0 and got(a)[#got(a)].kind == "cancelled" end)
      assert.equal("cancelled", got(b)[#got(b)].kind)
      assert.is_true(realtime.answered(call))
    end)
  end

  it("can end for one of many clients", function()
    local clients, ids = {}, {}
    local function open(first, last, by)
      for i = first, last, by do
        clients[i] = login()
        ids[i] = clients[i]:subscribe "homey:device:1"
      end
      wait(function()
        for i = first, last, by do
          if not got(ids[i])[1] then return false end
        end
        return true
      end)
    end
    open(1, 40, 1)
    for i = 1, 40, 3 do clients[i]:close() end
    open(1, 40, 6)
    for i = 20, 40 do
      if i % 3 ~= 1 or i % 6 == 1 then clients[i]:close() end
    end
    for _, socket in ipairs(hub.sockets) do
      if not socket.close_code then socket:event("homey:device:1", "alarm") end
    end
    wait(function() return got(ids[2])[2] and got(ids[18])[2] and got(ids[19])[2] end)
    for _, i in ipairs { 2, 18, 19 } do
      assert.same({ { "homey:subscribed", core.null }, { "alarm", core.null } }, got(ids[i]))
    end
    for _, i in ipairs { 20, 39 } do assert.equal("cancelled", got(ids[i])[2].kind) end
  end)

  it("refuses an invalid uri", function()
    login()
    for _, uri in ipairs { "", "a b", "a\n", "\255", ("x"):rep(600) } do
      local refused, kind = client:subscribe(uri)
      assert.same({ nil, "invalid" }, { refused, kind })
    end
  end)
end)
