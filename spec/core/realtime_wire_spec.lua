-- Bytes of the realtime connection: upgrades, frames and packets in pieces, too large, or invalid.
-- Runs on one Lua: no Lua has a part in it.
local realtime = require "spec.support.realtime"
local hubs = require "spec.support.socket_hub"

local slow = realtime.slow
local login, got, wait, pass = realtime.login, realtime.got, realtime.wait, realtime.pass
local states, connected = realtime.states, realtime.connected
local heard, operation = realtime.heard, realtime.operation

describe("the bytes of the realtime connection", function()
  local hub, client

  realtime.each(function(h, _, c) hub, client = h, c end)

  for _, case in ipairs {
    { "byte by byte", function(s, bytes)
      for i = 1, #bytes do s:raw(bytes:sub(i, i)) hubs.sleep(0) end
    end },
    { "three bytes at a time", function(s, bytes)
      for i = 1, #bytes, 3 do s:raw(bytes:sub(i, i + 2)) hubs.sleep(0) end
    end },
  } do
    it("are understood " .. case[1], function()
      hub.on_socket = function(socket)
        function socket:send(text) case[2](self, hubs.frame(text)) end
        socket:greet()
        socket:serve()
      end
      login()
      local id = client:subscribe "homey:device:1"
      wait(function() return got(id)[1] end)
      hub.cq:wrap(function()
        hub.sockets[1]:event("homey:device:1", "capability", '{"value":"größer"}')
      end)
      wait(function() return got(id)[2] end)
      assert.same({ "capability", { value = "größer" } }, got(id)[2])
    end)
  end

  it("of the upgrade are read one by one", function()
    hub.on_upgrade = function(con, request, accept_of)
      local head =
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\nCONNECTION: keep-alive, "
          .. "Upgrade\r\n"
        .. "sec-websocket-accept: " .. accept_of(request.headers["sec-websocket-key"]) .. "\r\n\r\n"
          .. hubs.frame "0{}"
      for i = 1, #head do con:xwrite(head:sub(i, i), "bn") hubs.sleep(0) end
      con:xwrite(hubs.frame "40", "bn")
      con:xread(1, "b")
      hub.spoken = true
      return true
    end
    login()
    client:subscribe "homey:connection"
    wait(function() return hub.spoken end)
  end)

  it("of frames may follow the 101 directly", function()
    hub.glued = hubs.frame '0{"pingInterval":25000,"pingTimeout":5000}' .. hubs.frame "40"
    hub.on_socket = function(socket)
      function socket.open() end
      socket:greet()
      socket:serve()
    end
    login()
    connected()
  end)

  it("of fragments are joined, with pings between", function()
    login()
    local id = client:subscribe "homey:device:1"
    wait(function() return got(id)[1] end)
    local s = hub.sockets[1]
    s:raw(hubs.frame('42/api,["homey:dev', 1, false) .. hubs.frame("beat", 9)
      .. hubs.frame('ice:1","x","\195', 0, false)
      .. hubs.frame('\169"]', 0))
    wait(function() return got(id)[2] and heard(s, "^<10>beat$") end)
    assert.same({ "x", "é" }, got(id)[2])
  end)

  it("may be megabytes in one message", function()
    local big = ('"%s"'):format(("x"):rep(6 * 1024 * 1024))
    hub.on_socket = function(socket)
      socket:greet()
      socket:serve(function(name) return name == "getBig" and "null," .. big or 'null,"small"' end)
    end
    login()
    connected()
    local a, b = operation "getBig", operation "getSmall"
    wait(function() return got(b)[1] end)
    assert.equal(#big - 2, #got(a)[1])
    assert.equal("small", got(b)[1])
  end)

  for name, send in pairs {
    ["in one frame"] = function(socket, text) socket:send(text) end,
    ["in fragments"] = function(socket, text)
      socket:raw(hubs.frame(text:sub(1, 60000), 1, false))
      for at = 60001, #text, 20000 do socket:raw(hubs.frame(text:sub(at, at + 19999), 0, false)) end
    end,
  } do
    it("beyond a limit are refused: " .. name, function()
      hub.on_socket = function(socket)
        if socket:greet() then
          send(socket, "42/api,[\"a\",\"" .. ("x"):rep(200000) .. '"]')
          socket:serve()
        end
      end
      login { token = "pat", max_reply = 100000 }
      local id = client:subscribe "homey:connection"
      wait(function() return states(id):find "disconnected" end)
      wait(function() return hub.sockets[1].close_code end)
      assert.equal(1009, hub.sockets[1].close_code)
      local told
      for _, event in ipairs(got(id)) do if event.state == "disconnected" then told = event end end
      assert.same({ "protocol", true },
        { told.kind, told.message:find("Raise `max_reply`", 1, true) ~= nil })
    end)
  end

  for name, case in pairs {
    ["an opening of more than 4 KiB"] = { 1002, "opening that is too large", function(socket)
      socket:send('0{"pingInterval":25000,"pingTimeout":5000,"x":"' .. ("x"):rep(4096) .. '"}')
    end },
    ["an opening that is no object"] = {
      1002, "opening that cannot be read", function(socket) socket:send "0[]" end,
    },
    ["a handshake that leads nowhere"] = { 1002, "names no namespace", function(socket)
      socket:open()
      socket:expect "handshakeClient"
      socket:send '430[null,{"namespace":"a b"}]'
    end },
    ["a second opening"] = { 1002, "second opening", function(socket)
      socket:open()
      socket:open()
    end },
    ["a greeting of more than 64 KiB"] = { 1009, "first message that is too large", function(socket)
      socket:open()
      socket:send("40" .. (" "):rep(70000))
    end },
    ["a handshake that is answered with more than 64 KiB"] = { 1009,
      "first message that is too large", function(socket)
      socket:open()
      socket:expect "handshakeClient"
      socket:raw(hubs.frame('430[null,{"namespace":"/api","x":"', 1, false)
        .. hubs.frame(("x"):rep(70000), 0, false))
    end },
  } do
    it("end the connection after " .. name, function()
      hub.on_socket = function(socket) case[3](socket) socket:serve() end
      login()
      local id = client:subscribe "homey:connection"
      wait(function() return got(id)[2] and hub.sockets[1].close_code end)
      assert.equal(case[1], hub.sockets[1].close_code)
      assert.same({ "disconnected", "protocol" }, { got(id)[2].state, got(id)[2].kind })
      assert.is_truthy(got(id)[2].message:find(case[2], 1, true), got(id)[2].message)
    end)
  end

  it("are kept while the hub does not read", function()
    local size, begun = 3 * 1024 * 1024, false
    hub.on_socket = function(socket)
      if not socket:greet() then return end
      while not begun do hubs.sleep(0.01) end -- by then the buffers of the sockets are full
      socket:serve(function(_, said) return "null," .. #said end)
    end
    login { token = "pat", timeout = 200 } -- this hub reads megabytes slowly
    client:subscribe "homey:device:1"
    wait(function() return hub.sockets[1] and heard(hub.sockets[1], "^40/api,") end)
    pass(0.1)
    local ids = {}
    for i = 1, 3 do
      ids[i] = operation("putBig",
        { method = "POST", timeout = 60 * slow, args = { text = ("y"):rep(size) } })
    end
    pass(0.3)
    for i = 1, 3 do assert.is_nil(got(ids[i])[1]) end
    begun = true
    for i = 1, 3 do
      wait(function() return got(ids[i])[1] end)
      assert.is_true(type(got(ids[i])[1]) == "number" and got(ids[i])[1] > size)
    end
    assert.equal(0, hub:count "^/api/x")
  end)

  -- Each line is sent once, each to its own client; all run at the same time.
  local function strike(cases)
    local met = {}
    hub.on_socket = function(socket)
      local name = socket.request.headers["x-case"]
      socket:greet()
      socket:expect "subscribe"
      socket:send "43/api,0[null]"
      if not met[name] then
        met[name] = socket
        socket:raw(cases[name])
      end
      socket:serve()
    end
    local ids = {}
    for name in pairs(cases) do
      login { token = "pat", headers = { "X-Case: " .. name } }
      ids[name] = { client:subscribe "homey:device:1", client:subscribe "homey:connection" }
    end
    for name, id in pairs(ids) do
      wait(function() return got(id[1])[2] and states(id[2]):find "disconnected connected" end)
      assert.same({ name, "connecting connected disconnected connected" }, { name, states(id[2]) })
    end
    return met, ids
  end

  it("that are no packet cause a reconnect", function()
    local packets = {
      ["41/api,"] = 1000, ["41"] = 1000, ["1"] = 1000, ['44/api,"thrown out"'] = 1000,
      ["42/api,{"] = 1002, ['42/api,["a]'] = 1002, ['43/api,7["a]'] = 1002, [""] = 1002,
      ["4"] = 1002, ["43/api,[null]"] = 1002,
      ['451-/api,["a",{"_placeholder":true,"num":0}]'] = 1003, ["461-/api,0[{}]"] = 1003,
    }
    local cases = {}
    for text in pairs(packets) do cases[text == "" and "nothing" or text] = hubs.frame(text) end
    local met = strike(cases)
    for text, code in pairs(packets) do
      assert.same({ text, code }, { text, met[text == "" and "nothing" or text].close_code })
    end
  end)

  it("that are no message cause a proper close and reconnect", function()
    local frames = {
      ["a binary frame"] = { "binary data", hubs.frame("\1\2", 2) },
      ["text that is not UTF-8"] = { "(code 1007)", hubs.frame "42/api,[\"a\",\"\255\"]" },
      ["a masked frame"] = { "(code 1002)", "\129\129aaaab" },
      ["a reserved bit"] = { "(code 1002)", "\193\1a" },
      ["a reserved opcode"] = { "(code 1002)", hubs.frame("a", 3) },
      ["a continuation of nothing"] = { "(code 1002)", hubs.frame("a", 0) },
      ["a long ping"] = { "(code 1002)", hubs.frame(("a"):rep(126), 9) },
      ["a close"] = { "closed the connection (code 1001)", hubs.frame("\3\233", 8) },
    }
    local cases = {}
    for name, frame in pairs(frames) do cases[name] = frame[2] end
    local _, ids = strike(cases)
    for name, id in pairs(ids) do
      local told
      for _, event in ipairs(got(id[2])) do
        told = event.state == "disconnected" and event.message or told
      end
      assert.is_truthy(told:find(frames[name][1], 1, true), name .. ": " .. told)
    end
  end)

  it("survive a cut at any position", function()
    local whole, step, ids = 0, slow > 2 and 40 or 5, {}
    hub.on_socket = function(socket)
      if socket:greet() and socket:expect "subscribe" then
        socket:send "43/api,0[null]"
        socket:event("homey:device:1", "capability", '{"n":1}')
        if not socket.cut then whole = socket.sent end
        socket:serve()
      end
    end
    login()
    client:subscribe "homey:device:1"
    wait(function() return whole > 0 end)
    local first = #hub.sockets
    hub.cut_of = function(n)
      return (n - first - 1) * step < whole and (n - first - 1) * step or nil
    end
    for _ = 0, whole, step do ids[#ids + 1] = login():subscribe "homey:device:1" end
    for _, id in ipairs(ids) do
      wait(function() return got(id)[2] end)
      for _, event in ipairs(got(id)) do
        assert.is_true(event[1] == "homey:subscribed"
          or event[1] == "capability" and event[2].n == 1)
      end
    end
    assert.is_true(#hub.sockets > first + #ids)
  end)

  it("are retried when the connection cannot be made", function()
    login()
    local call = client:request("GET", "/api/1")
    wait(function() return got(call)[1] end)
    hub.server:onerror(function(_, _, code) return code end)
    hub.server:shutdown "r" -- refuses connections; that of the request stays
    local id = client:subscribe "homey:connection"
    wait(function() return states(id):find "disconnected" end)
    assert.equal("offline", got(id)[2].kind)
    assert.is_truthy(got(id)[2].retry_ms > 0)
    assert.equal(0, #hub.sockets)
  end)

  it("of an accept may end with blanks", function()
    hub.on_upgrade = function(con, request, accept_of)
      con:xwrite(
        "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
        .. accept_of(request.headers["sec-websocket-key"]) .. " \t\r\n\r\n" .. hubs.frame "0{}"
        .. hubs.frame "40", "bn")
      hub.spoken = con:xread(2, "b")
      return true
    end
    login()
    client:subscribe "homey:connection"
    wait(function() return hub.spoken end)
  end)

  for name, answer in pairs {
    ["a wrong accept"] = function()
      return "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: "
        .. "Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n"
    end,
    ["no accept"] = function()
      return "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
    end,
    ["no upgrade"] = function(key)
      return "HTTP/1.1 101 X\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " .. key .. "\r\n\r\n"
    end,
    ["no HTTP"] = function() return "SSH-2.0-OpenSSH\r\n\r\n" end,
    ["an endless head"] = function() return "HTTP/1.1 101 X\r\n" .. ("X: y\r\n"):rep(4000) end,
    ["an extension nobody offered"] = function(key)
      return "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
        .. key
        .. "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
    end,
  } do
    it("are not sent to " .. name, function()
      hub.on_upgrade = function(con, request, accept_of)
        return con:xwrite(answer(accept_of(request.headers["sec-websocket-key"])), "bn")
      end
      login()
      local id = client:subscribe "homey:connection"
      wait(function() return got(id)[2] end)
      assert.equal("protocol", got(id)[2].kind)
    end)
  end
end)
