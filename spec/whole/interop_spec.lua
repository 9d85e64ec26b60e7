-- Interoperability with the npm package socket.io, 2.5 and 4 with Engine.IO 3 allowed. Skipped with
-- a message where Node or npm is missing; in CI that fails.
local core = require "homey.core"
local npm = require "spec.support.node.npm"

local slow = tonumber(os.getenv "HOMEY_TEST_SLOW" or "1")

if npm.missing() then
  describe("the core and socket.io", function() pending(npm.missing()) end)
  return
end

-- A server and its port.
local function start(version, tls)
  local server = npm.start(npm.package("socket.io", version), "socketio.js", { version, tls or "" })
  server.port = server:expect "^(%d+)\n"
  return server
end

for _, case in ipairs { { "2.5", "http" }, { "2.5", "https" }, { "4", "http" } } do
  local version, kind = case[1], case[2]
  describe(("the core and socket.io %s over %s"):format(version, kind), function()
    local server, certificate, loop, client, seen

    setup(function()
      if kind == "https" then
        certificate = os.tmpname()
        npm.run(
          ("%s openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext "
            .. "subjectAltName=IP:127.0.0.1 "
          .. "-keyout '%s.key' -out '%s' 2>/dev/null"):format(npm.clean, certificate, certificate))
      end
      server = start(version, certificate and certificate .. "," .. certificate .. ".key")
    end)

    teardown(function()
      if server then server:stop() end
      if certificate then
        os.remove(certificate)
        os.remove(certificate .. ".key")
      end
    end)

    local function login(token)
      client = assert(loop:client {
        address = kind .. "://127.0.0.1:" .. server.port, token = token or "pat",
        cafile = certificate,
      })
    end

    before_each(function()
      loop, seen = core.loop(), {}
      login()
    end)

    after_each(function() loop:close() end)

    local function got(id)
      seen[id] = seen[id] or {}
      return seen[id]
    end

    local function wait(what, seconds)
      local give_up = loop:now() + (seconds or 60) * slow
      while true do
        loop:wait(0.05)
        for id, value, failure, message, status, transaction in loop.next, loop do
          if failure then
            value = { kind = failure, message = message, status = status }
          elseif message == "capability" and status then -- in the usual form
            value = {
              message, { capabilityId = status, value = value, transactionId = transaction },
            }
          elseif message then
            value = { message, value } -- an event: its name and its data
          end
          table.insert(got(id), value)
        end
        local result = what()
        if result then return result end
        if loop:now() > give_up then error("waited in vain", 2) end
      end
    end

    local function last(id)
      return got(id)[#got(id)]
    end

    local function connected()
      local id = client:subscribe "homey:connection"
      wait(function() return last(id) and last(id).state == "connected" end)
      return id
    end

    local function call(operation, args, method)
      local id = assert(client:request(method or "GET", "/api/x", nil,
        { operation = operation, manager = "homey:manager:devices", args = args or {} }))
      wait(function() return got(id)[1] end)
      return got(id)[1]
    end

    local function control(verb)
      local id = client:request("POST", "/control/" .. verb)
      wait(function() return got(id)[1] end)
    end

    it("calls, subscribes, receives its echo, unsubscribes", function()
      connected()
      local id = client:subscribe "homey:device:1"
      wait(function() return got(id)[1] end)
      local set = {
        deviceId = "1", capabilityId = "name", value = 'Küche "1" 😀', transactionId = "t1",
      }
      assert.same({ value = set.value }, call("setCapabilityValue", set, "PUT"))
      wait(function() return got(id)[2] end)
      assert.equal("capability", got(id)[2][1])
      assert.equal("t1", got(id)[2][2].transactionId)
      assert.equal(set.value, got(id)[2][2].value)
      loop:cancel(id)
      call("setCapabilityValue", set, "PUT")
      assert.equal("cancelled", got(id)[3].kind)
      assert.is_nil(got(id)[4])
      assert.same({ operation = "getX", uri = "homey:manager:devices", args = { a = { 1, 2 } } },
        call("getX", { a = { 1, 2 } }))
      local refused = call "fail"
      assert.same({ "not_found", 404 }, { refused.kind, refused.status })
      local forbidden = client:subscribe "homey:device:forbidden"
      wait(function() return got(forbidden)[1] end)
      assert.equal("forbidden", got(forbidden)[1].kind)
    end)

    it("transfers megabytes", function()
      connected()
      assert.equal(4000000, #call("getBig", { size = 2000000 }))
    end)

    it("keeps the connection alive with pings", function()
      local id = connected()
      local till = loop:now() + 2
      wait(function() return loop:now() > till end)
      assert.equal("connected", last(id).state)
      assert.equal(2, #got(id))
    end)

    for _, verb in ipairs { "drop", "kick" } do
      it("reconnects after a " .. verb, function()
        local id, device = connected(), client:subscribe "homey:device:1"
        wait(function() return got(device)[1] end)
        control(verb)
        wait(function() return last(id).resumed end)
        call("setCapabilityValue", { deviceId = "1", capabilityId = "onoff", value = true }, "PUT")
        wait(function() return last(device)[1] == "capability" end)
      end)
    end

    it("repeats a read over HTTP without an answer", function()
      connected()
      control "deaf"
      local id = client:request("GET", "/api/x", nil,
        { operation = "getX", manager = "homey:manager:x", args = {} })
      control "drop"
      wait(function() return got(id)[1] end)
      assert.same({ way = "http" }, got(id)[1])
      control "hearing"
    end)

    it("refuses binary data", function()
      local id = connected()
      local buffer = client:request("POST", "/api/x", nil,
        { operation = "getBuffer", manager = "homey:manager:x", args = {} })
      wait(function() return last(id).resumed end)
      assert.equal("protocol", got(buffer)[1].kind)
    end)

    it("gets an error for a refused key", function()
      client:close()
      login "wrong"
      local id = client:subscribe "homey:connection"
      wait(function() return last(id) and last(id).state == "failed" end)
      assert.equal("unauthorized", last(id).kind)
    end)
  end)
end
