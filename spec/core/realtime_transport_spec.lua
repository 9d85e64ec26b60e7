-- Transport of the websocket: TLS, addresses and proxies, as for HTTP.
-- Has leaks of others: cqueues, the TLS server here, loses a BIO method when it is unloaded.
-- Runs on one Lua: no Lua has a part in it.
local certificates = require "homey.sim.server.certificates"
local core = require "homey.core"
local cs = require "cqueues.socket"
local hubs = require "spec.support.socket_hub"
local logins = require "spec.support.logins"

describe("the transport of the realtime connection", function()
  local hub, cafile, tls

  setup(function()
    local contexts, ca = certificates.all()
    tls, cafile = contexts, os.tmpname()
    local file = assert(io.open(cafile, "w"))
    file:write(ca)
    file:close()
  end)

  teardown(function() os.remove(cafile) end)

  after_each(function()
    logins.tidy()
    if hub then hub:stop() end
    hub = nil
  end)

  -- The states of the connection as words, up to an expected one.
  local function states(options, wanted)
    local loop, told = core.loop(), {}
    options.token, options.cafile = "pat", cafile
    local client = assert(loop:client(options))
    client:subscribe "homey:connection"
    local give_up = loop:now() + 60 * logins.slow
    while loop:now() < give_up and not table.concat(told, " "):find(wanted) do
      hub:turn()
      loop:wait(0.005)
      for _, value in loop.next, loop do told[#told + 1] = value.kind or value.state end
    end
    loop:close()
    hub:turn()
    return table.concat(told, " ")
  end

  it("is TLS, dialled by IP and verified by name", function()
    hub = hubs.start(tls.https)
    assert.equal("connecting connected", states({ address = hub.address }, "connected"))
    assert.equal("127-0-0-1.homey.homeylocal.com:" .. hub.port, hub.sockets[1].request.headers.host)
  end)

  it("follows connect_to", function()
    hub = hubs.start(tls.https)
    local to = { "api.athom.com:443:127.0.0.1:" .. hub.port }
    assert.equal("connecting connected",
      states({ address = "https://api.athom.com", connect_to = to }, "connected"))
    assert.equal("api.athom.com", hub.sockets[1].request.headers.host)
  end)

  for what, zone in pairs { ["without"] = "", ["with"] = "%25lo",
    ["with the bare mark of"] = "%lo" } do
    it("reaches a link-local address " .. what .. " a zone", function()
      hub = hubs.start()
      local address = ("http://[fe80::1%s]:%d"):format(zone, hub.port)
      local to = { ("[fe80::1]:%d:127.0.0.1:%d"):format(hub.port, hub.port) }
      assert.equal("connecting connected",
        states({ address = address, connect_to = to }, "connected"))
      local told = "[fe80::1]:" .. hub.port
      assert.same({ told, told },
        { hub.requests[1].headers.host, hub.sockets[1].request.headers.host })
    end)
  end

  it("sends the program's own headers", function()
    hub = hubs.start()
    assert.equal("connecting connected",
      states({ address = hub.address, headers = { "X-Own: yes" } }, "connected"))
    assert.equal("yes", hub.sockets[1].request.headers["x-own"])
  end)

  it("sends no bearer over plain http after TLS worked", function()
    hub = hubs.start()
    local secure, folder, opened, shown = hubs.start(tls.https), logins.folder(), false, nil
    local plain_way = ("127.0.0.1:80:127.0.0.1:%d"):format(hub.port)
    local secure_way = "127-0-0-1.homey.homeylocal.com:443:127.0.0.1:%d"
    local function options(port)
      return {
        address = "http://127.0.0.1", state_dir = folder,
        connect_to = { plain_way, secure_way:format(port) },
      }
    end
    assert.matches("connected$", states(options(1), "connected"))
    hub.on_socket = function(socket) -- answers late
      while not opened do hubs.sleep(0.01) end
      socket:open()
      shown = socket:expect "^42%d+%[\"handshakeClient\""
    end
    local given = options(secure.port)
    given.token, given.cafile = "pat", cafile
    local loop, asked = core.loop(), false
    local client, give_up = assert(loop:client(given)), loop:now() + 60 * logins.slow
    local function ask() asked = assert(client:request("GET", "/api/manager/system/name")) end
    client:subscribe "homey:connection"
    while loop:now() < give_up and #secure.sockets == 0 do
      hub:turn()
      secure:turn()
      loop:wait(0.005)
      for id in loop.next, loop do
        if id == asked and secure:count "/name" == 0 then ask() end
      end
      if not asked and #hub.sockets == 2 then ask() end
      opened = opened or secure:count "/name" > 0
    end
    assert.same({ 2, 1 }, { #hub.sockets, #secure.sockets })
    loop:close()
    secure:stop()
    hub:turn()
    assert.is_nil(shown)
  end)

  for _, name in ipairs { "expired", "wrong_host", "unknown_ca" } do
    it("refuses a certificate that is " .. name, function()
      hub = hubs.start(tls[name])
      assert.matches("^connecting tls", states({ address = hub.address }, "tls"))
      assert.equal(0, #hub.requests)
    end)
  end

  local function serve_until_over(child)
    local mark
    repeat
      assert(hub.cq:step(0.05))
      mark = io.open(child.output .. ".over")
    until mark
    mark:close()
  end

  -- A child whose OpenSSL allows old TLS, which the system's may refuse.
  local function with_old_tls(script, ...)
    local conf = logins.folder()
    local file = assert(io.open(conf, "w"))
    file:write [[
openssl_conf = all
[all]
ssl_conf = ssl
[ssl]
system_default = old
[old]
MinProtocol = TLSv1
CipherString = ALL:@SECLEVEL=0
]]
    file:close()
    local child = logins.start(script:format(...), { OPENSSL_CONF = conf })
    serve_until_over(child)
    return logins.finish(child)
  end

  it("requires TLS 1.2", function()
    local contexts, ca = certificates.all()
    local old, trusted = contexts.https, logins.folder()
    local file = assert(io.open(trusted, "w"))
    file:write(ca)
    file:close()
    local context = require "openssl.ssl.context"
    old:setCipherList "ALL:@SECLEVEL=0"
    old:setOptions(context.OP_NO_TLSv1_2 + context.OP_NO_TLSv1_3)
    hub = hubs.start(old)
    local said = with_old_tls([[
      local homey = require "homey"
      local _, err = homey.try(homey.login, { address = %q, token = "pat", cafile = %q, state_dir = false })
      print(err.kind)
    ]], hub.address, trusted)
    assert.equal("tls\n", said)
    assert.equal(0, #hub.requests)
  end)

  it("names a proxy that requires a login", function()
    hub = hubs.start(tls.https)
    local server = assert(cs.listen { host = "127.0.0.1", port = 0 })
    local _, _, port = server:localname()
    hub.cq:wrap(function()
      while true do
        local guest = server:accept()
        if not guest then break end
        hub.cq:wrap(function()
          guest:onerror(function(_, _, code) return code end)
          guest:setmode("bn", "bn")
          repeat local line = guest:xread("*l", "b") until not line or line:match "^\r?$"
          guest:xwrite("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n"
            .. 'Proxy-Authenticate: Basic realm="x"\r\n\r\n', "bn")
          guest:shutdown "w"
        end)
      end
    end)
    local child = logins.start(([[
      local homey = require "homey"
      local _, err = homey.try(homey.login, { email = "me@example.com", password = "secret", state_dir = false, cafile = %q })
      print(err.kind .. ": " .. err.message)
      _, err = homey.try(homey.login, { address = "https://x.connect.athom.com", token = "pat", state_dir = false, cafile = %q })
      print(err.kind .. ": " .. err.message)
    ]]):format(cafile, cafile),
      { https_proxy = "http://me:hunter2@127.0.0.1:" .. port, no_proxy = "" })
    serve_until_over(child)
    local said = logins.finish(child)
    local proxy = "the proxy 127%.0%.0%.1:" .. port .. " before "
    assert.matches("network: " .. proxy
      .. "the Athom cloud wants a user name and a password %(status 407%)", said)
    assert.matches("offline: " .. proxy
      .. "https://x%.connect%.athom%.com wants a user name and a password", said)
    assert.is_nil(said:find("hunter2", 1, true))
    server:close()
  end)

  -- A proxy that connects every CONNECT to the hub.
  local function start_proxy()
    local server, asked = assert(cs.listen { host = "127.0.0.1", port = 0 }), {}
    local _, _, port = server:localname()
    local function pump(from, to)
      local bytes = from:read(-4096)
      while bytes and to:xwrite(bytes, "bn") do bytes = from:read(-4096) end
      to:shutdown "w"
    end
    local function join(guest)
      guest:onerror(function(_, _, code) return code end)
      guest:setmode("bn", "bn")
      asked[#asked + 1] = guest:xread("*l", "b"):gsub("\r$", "")
      repeat local line = guest:xread("*l", "b") until not line or line:match "^\r?$"
      local there = cs.connect("127.0.0.1", hub.port)
      there:onerror(function(_, _, code) return code end)
      there:setmode("bn", "bn")
      guest:xwrite("HTTP/1.1 200 Connected\r\n\r\n", "bn")
      hub.cq:wrap(pump, there, guest)
      pump(guest, there)
    end
    hub.cq:wrap(function()
      while true do
        local guest = server:accept()
        if not guest then break end
        hub.cq:wrap(join, guest)
      end
    end)
    return port, asked, server
  end

  it("uses the environment's proxy for internet addresses", function()
    hub = hubs.start(tls.https)
    local port, asked, server = start_proxy()
    local child = logins.start(([[
      local loop = require "homey.core".loop()
      local client = assert(loop:client { address = "https://x.connect.athom.com", token = "pat", cafile = %q })
      client:subscribe "homey:connection"
      local state
      repeat
        loop:wait(1)
        for _, value in loop.next, loop do state = value.state end
      until state ~= nil and state ~= "connecting"
      print(state)
    ]]):format(cafile), { https_proxy = "http://127.0.0.1:" .. port, no_proxy = "" })
    serve_until_over(child)
    assert.equal("connected\n", logins.finish(child))
    assert.same({ "CONNECT x.connect.athom.com:443 HTTP/1.1",
      "CONNECT x.connect.athom.com:443 HTTP/1.1" }, asked)
    server:close()
  end)
end)
