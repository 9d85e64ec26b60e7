-- Calls and subscriptions over the realtime connection, and its login.
-- Runs on one Lua: no Lua has a part in it.
local realtime = require "spec.support.realtime"
local core = require "homey.core"
local hubs = require "spec.support.socket_hub"
local login, got, wait, pass = realtime.login, realtime.got, realtime.wait, realtime.pass
local states, connected = realtime.states, realtime.connected
local heard, operation = realtime.heard, realtime.operation

describe("what goes over the realtime connection", function()
  local hub, loop, client

  realtime.each(function(...) hub, loop, client = ... end)

  describe("with a renewable login", function()
    local user = function() return { username = "me", password = "secret" } end

    local function shakes(socket, refuse, words)
      socket:open()
      while true do
        local hello = socket:expect "handshakeClient"
        if not hello then return false end
        local id, token = hello:match "^42(%d+)", hello:match '"token":"(.-)"'
        if refuse(token) then
          socket:send(("43%s[%s]")
            :format(id, words or '{"statusCode":401,"error":"invalid_token"}'))
        else
          socket:send("43" .. id .. '[null,{"namespace":"/api"}]')
          if not socket:expect "^40/api," then return false end
          socket:send "40/api,"
          return true
        end
      end
    end

    for _, words in ipairs {
      '{"statusCode":401,"error":"invalid_token"}', '{"code":401}',
      '{"statusCode":403,"error":"session_expired"}',
      '"session_expired"',
    } do
      it("renews a bearer refused by " .. words .. " on one connection", function()
        hub.on_socket = function(socket)
          if shakes(socket, function(token) return token == "bearer-1" end, words) then
            socket:serve()
          end
        end
        login(user())
        connected()
        assert.equal(1, #hub.sockets)
        assert.equal(2, hub.logins)
        assert.matches("^421", hub.sockets[1].heard[2])
      end)
    end

    for _, words in ipairs { '"the hub is starting"', '{"error":"x"}',
      '{"statusCode":500,"error":"x"}' } do
      it("keeps a bearer after a handshake failure by " .. words, function()
        hub.on_socket = function(socket, n)
          if shakes(socket, function() return n == 1 end, words) then socket:serve() end
        end
        login(user())
        local id = connected()
        assert.equal("connecting disconnected connected", states(id))
        assert.equal(2, #hub.sockets)
        assert.equal(1, hub.logins)
      end)
    end

    it("stops when the new bearer is refused too", function()
      local deaf = true
      hub.on_socket = function(socket)
        if shakes(socket, function() return deaf end) then socket:serve() end
      end
      login(user())
      local id = client:subscribe "homey:connection"
      wait(function() return states(id):find "failed" end)
      assert.equal("unauthorized", got(id)[2].kind)
      assert.equal(2, hub.logins)
      local call = client:request("GET", "/api/x")
      wait(function() return got(call)[1] end)
      assert.equal("unauthorized", got(call)[1].kind)
      deaf = false
      client:login()
      wait(function() return states(id):find "connected" end)
    end)

    it("renews after a refused call and repeats it once", function()
      hub.on_socket = function(socket, n)
        socket:greet()
        socket:serve(function()
          return n == 1 and '{"code":401,"error":"x"}' or 'null,{"way":"socket"}'
        end)
      end
      login(user())
      local id = connected()
      local call = operation("startFlow", { method = "POST" })
      wait(function() return got(call)[1] and #hub.sockets == 2 end)
      assert.is_nil(got(call)[1].kind)
      wait(function() return states(id) == "connecting connected disconnected connected" end)
      assert.is_true(got(id)[3].handover)
      assert.equal(2, hub.logins)
      assert.matches('"token":"bearer%-2"', hub.sockets[2].heard[1])
    end)

    -- Confirms each request, except for uris that contain "bad".
    local function refuses_bad(socket)
      while true do
        local text = socket:expect "subscribe"
        if not text then return end
        socket:send("43/api," .. text:match "^42/api,(%d+)"
          .. (text:find "bad" and '[{"statusCode":401}]' or "[null]"))
      end
    end

    it("sends the bearer again after a refused subscribe", function()
      hub.on_socket = function(socket, n)
        if not shakes(socket, function(token) return n == 2 and token == "bearer-1" end) then
          return
        end
        if n == 1 then refuses_bad(socket) else socket:serve() end
      end
      login(user())
      local id = client:subscribe "homey:device:bad"
      wait(function() return got(id)[1] end)
      assert.same({ { "homey:subscribed", core.null } }, got(id))
      assert.equal(2, #hub.sockets)
      assert.equal(2, hub.logins)
    end)

    for name, options in pairs { ["a user"] = user(), ["an API key"] = { token = "pat" } } do
      it("keeps the bearer after one refused uri of " .. name, function()
        hub.on_socket = function(socket) if socket:greet() then refuses_bad(socket) end end
        login(options)
        local link = client:subscribe "homey:connection"
        local bad, good = client:subscribe "homey:device:bad", client:subscribe "homey:device:good"
        wait(function() return got(bad)[1] and states(link):find " connected" end)
        pass(0.3)
        assert.equal("unauthorized", got(bad)[1].kind)
        assert.same({ "homey:subscribed", core.null }, got(good)[1])
        assert.equal(1, #got(bad))
        assert.equal(2, #hub.sockets)
        assert.equal(options.token and 0 or 1, hub.logins)
      end)
    end

    it("is renewed after a pause when a 401 repeats", function()
      hub.on_socket = function(socket)
        if not socket:greet() then return end
        socket:expect "subscribe" socket:send "43/api,0[null]"
        socket:send '44/api,{"statusCode":401,"error":"x"}'
        socket:serve()
      end
      login(user())
      client:subscribe "homey:device:1"
      wait(function() return #hub.sockets == 2 end)
      pass(1)
      assert.is_true(#hub.sockets <= 3, #hub.sockets .. " connections")
    end)
  end)

  it("gives up on a refused API key", function()
    hub.on_socket = function(socket)
      socket:open()
      socket:expect "handshakeClient"
      socket:send('430[{"statusCode":401,"error":"invalid_token","error_description":"Invalid '
        .. 'session pat"}]')
      socket:serve()
    end
    login()
    local id = client:subscribe "homey:connection"
    wait(function() return got(id)[2] end)
    assert.equal("connecting failed", states(id))
    assert.matches("API key", got(id)[2].message)
    pass(1.6)
    assert.equal(1, #hub.sockets)
  end)

  it("reports a refused uri and keeps the others", function()
    hub.on_socket = function(socket)
      socket:greet()
      socket:expect "bad"
      socket:send('43/api,0[{"statusCode":404,"error":"not_found","error_description":"no such '
        .. 'device"}]')
      socket:serve()
    end
    login()
    local bad = client:subscribe "homey:device:bad"
    wait(function() return got(bad)[1] end)
    assert.equal("not_found", got(bad)[1].kind)
    assert.matches("no such device", got(bad)[1].message)
    local good = client:subscribe "homey:device:good"
    wait(function() return got(good)[1] end)
    assert.same({ "homey:subscribed", core.null }, got(good)[1])
  end)

  it("reports an unconfirmed subscription, accepts it late", function()
    local late = {}
    hub.on_socket = function(socket)
      if not socket:greet() then return end
      while true do
        local text = socket:receive()
        if not text then return end
        local ack, uri = text:match '^42/api,(%d+)%["subscribe","([^"]+)"'
        if text == "2" then socket:send "3" end
        if uri == "homey:device:1" then socket:send("43/api," .. ack
          .. "[null]") elseif ack then late[uri] = ack end
      end
    end
    login()
    local ids = { client:subscribe "homey:device:1", client:subscribe "homey:device:2" }
    wait(function() return got(ids[1])[1] and late["homey:device:2"] end)
    ids[3] = client:subscribe "homey:device:3"
    for i = 2, 3 do
      wait(function() return got(ids[i])[1] end, 30)
      assert.equal("timeout", got(ids[i])[1].kind)
    end
    for i = 2, 3 do
      hub.sockets[1]:send("43/api," .. late["homey:device:" .. i] .. "[null]")
      wait(function() return got(ids[i])[2] end)
      assert.equal("homey:subscribed", got(ids[i])[2][1])
    end
    assert.same({ { "homey:subscribed", core.null } }, got(ids[1]))
    assert.equal(1, #hub.sockets)
  end)

  it("retries a refused uri for a new listener", function()
    hub.on_socket = function(socket)
      socket:greet()
      socket:expect "subscribe" socket:send '43/api,0[{"statusCode":500,"error":"busy"}]'
      socket:serve()
    end
    login()
    local first = client:subscribe "homey:device:1"
    wait(function() return got(first)[1] end)
    local second = client:subscribe "homey:device:1"
    wait(function() return got(second)[1] and got(first)[2] end)
    assert.same({ "homey:subscribed", core.null }, got(second)[1])
    assert.same({ "homey:subscribed", core.null }, got(first)[2])
  end)

  describe("for calls", function()
    it("uses HTTP until it is connected", function()
      hub.on_socket = function(socket)
        socket:greet()
        socket:serve(function() return 'null,{"way":"socket"}' end)
      end
      login()
      local early = operation "getDevices"
      wait(function() return got(early)[1] end)
      connected()
      local plain, late = client:request("GET", "/api/x"), operation "getDevices"
      wait(function() return got(plain)[1] and got(late)[1] end)
      assert.same({ { way = "http" }, { way = "http" }, { way = "socket" } },
        { got(early)[1], got(plain)[1], got(late)[1] })
      assert.is_truthy(heard(hub.sockets[1],
        '^42/api,0%["api",{"args":{"id":"1"},'
          .. '"operation":"getDevices","uri":"homey:manager:devices"}%]$'))
    end)

    it("reports failures as over HTTP", function()
      local said = {
        a = '{"statusCode":404,"error":"not_found","error_description":"Not Found"}',
        b = '{"code":403,"error":"x"}',
        c = '"plain words"', d = "null", e = 'null,[]', f = "",
      }
      hub.on_socket = function(socket)
        socket:greet()
        socket:serve(function(name) return said[name] end)
      end
      login()
      connected()
      local ids = {}
      for name in pairs(said) do ids[name] = operation(name) end
      for _, id in pairs(ids) do wait(function() return realtime.answered(id) end) end
      assert.equal("not_found", got(ids.a)[1].kind)
      assert.equal(404, got(ids.a)[1].status)
      assert.equal("forbidden", got(ids.b)[1].kind)
      assert.equal("hub", got(ids.c)[1].kind)
      assert.matches("plain words", got(ids.c)[1].message)
      assert.same({}, got(ids.d))
      assert.same({ {} }, got(ids.e))
      assert.same({}, got(ids.f))
    end)

    it("fails an unanswered call and drops the late answer", function()
      local late
      hub.on_socket = function(socket)
        socket:greet()
        socket:serve(function(name, _, id)
          if name == "slow" then late = id return false end
          socket:send("43/api," .. late .. '[null,"late"]')
          return 'null,"right"'
        end)
      end
      login()
      connected()
      local a = operation("slow", { timeout = 0.2 })
      wait(function() return got(a)[1] end)
      assert.equal("timeout", got(a)[1].kind)
      local b = operation "quick"
      wait(function() return got(b)[1] end)
      assert.equal("right", got(b)[1])
    end)

    it("repeats reads and writes over HTTP after a loss", function()
      hub.on_socket = function(socket, n)
        socket:greet()
        if n == 1 then
          for _ = 1, 4 do socket:expect '"api"' end
        else
          socket:serve()
        end
      end
      hub.on_request = function(request) return "200 OK", '"' .. request.path .. '"' end
      login()
      connected()
      local function call(path, options)
        options.operation, options.manager, options.args = "x", "homey:manager:devices", {}
        return client:request(options.method, path, nil, options)
      end
      local get, put = call("/api/1", { method = "GET" }), call("/api/2", { method = "PUT" })
      local post, once = call("/api/3", { method = "POST" }),
        call("/api/4", { method = "PUT", once = true })
      wait(function() return got(get)[1] and got(put)[1] and got(post)[1] and got(once)[1] end)
      assert.same({ "/api/1", "/api/2" }, { got(get)[1], got(put)[1] })
      assert.equal("network", got(post)[1].kind)
      assert.matches("may have been carried out", got(post)[1].message)
      assert.matches("may have been carried out", got(once)[1].message)
      assert.equal(2, hub:count "^/api/%d$")
    end)

    it("completes calls before it closes", function()
      hub.on_socket = function(socket)
        socket:greet()
        socket:serve(function() hubs.sleep(0.2) return "null,1" end)
      end
      login()
      local id = connected()
      local call = operation("startFlow", { method = "POST" })
      wait(function() return heard(hub.sockets[1], '"api"') end)
      loop:cancel(id)
      wait(function() return got(call)[1] end)
      assert.equal(1, got(call)[1])
      wait(function() return hub.sockets[1].close_code end)
    end)

    it("does not reconnect for ending calls", function()
      hub.on_socket = function(socket)
        socket:greet()
        socket:expect "unsubscribe"
      end
      login()
      local id = client:subscribe "homey:device:1"
      wait(function() return hub.sockets[1] and heard(hub.sockets[1], '"subscribe"') end)
      local call = operation "getDevice"
      wait(function() return heard(hub.sockets[1], '"api"') end)
      loop:cancel(id)
      wait(function() return got(call)[1] end)
      pass(2)
      assert.equal(1, #hub.sockets)
      assert.is_nil(loop:timeout())
    end)

    it("cancels a call and refuses incomplete operations", function()
      hub.on_socket = function(socket) socket:greet() socket:serve(function() return false end) end
      login()
      connected()
      local id = operation "x"
      wait(function() return heard(hub.sockets[1], '"api"') end)
      loop:cancel(id)
      wait(function() return got(id)[1] end)
      assert.equal("cancelled", got(id)[1].kind)
      local refused, kind = client:request("GET", "/", nil, { operation = "x", args = {} })
      assert.same({ nil, "invalid" }, { refused, kind })
    end)
  end)
end)
