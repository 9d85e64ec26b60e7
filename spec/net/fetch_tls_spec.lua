--- homey.fetch over TLS.
-- Has leaks of others: cqueues, the TLS server here, loses a BIO method when it is unloaded.
local homey = require "homey"
local web = require "spec.support.web"

local servers, cafile = {}, os.tmpname()
local context = web.tls(cafile)

local function start(handler, tls)
  servers[#servers + 1] = web.start(handler, tls)
  return servers[#servers]
end

local function stop_servers()
  for _, server in ipairs(servers) do server:stop() end
  servers = {}
end

local function failure(...)
  local reply, err = homey.try(homey.fetch, ...)
  assert.is_nil(reply)
  return err
end

teardown(function() os.remove(cafile) end)

describe("a redirect", function()
  after_each(stop_servers)

  it("is followed from http to https only", function()
    local plain = start(function() return { body = "plain" } end)
    local secure = start(function(request)
      if request.path == "/end" then return { body = "secure" } end
      return { status = 302, headers = { "Location: " .. plain.origin .. "/end" } }
    end, context)
    local up = start(function(request)
      return { status = 301, headers = { "Location: " .. secure.origin .. request.path } }
    end)
    local options = { cafile = cafile }
    assert.equal("secure", homey.fetch(up.origin .. "/end", options).body)
    for _, server in ipairs { secure, up } do -- also after a redirect to https
      local err = failure(server.origin .. "/start", options)
      assert.equal("protocol", err.kind)
      assert.matches("^localhost redirects to a URL that is not https%.", err.message)
    end
    assert.equal(0, #plain.requests)
  end)
end)

describe("the certificate of a fetch", function()
  after_each(stop_servers)

  it("is verified", function()
    local server = start(function() return { body = "secure" } end, context)
    assert.equal("secure", homey.fetch(server.origin, { cafile = cafile }).body)
    local err = failure(server.origin)
    assert.equal("tls", err.kind)
    assert.matches("^localhost showed a certificate that cannot be trusted", err.message)
    err = failure(server.origin:gsub("localhost", "127.0.0.1"), { cafile = cafile })
    assert.equal("tls", err.kind)
    err = failure(server.origin, { cafile = "/nowhere.pem" })
    assert.equal("tls", err.kind)
    assert.matches("the CA file cannot be read", err.message)
    assert.equal(1, #server.requests)
  end)
end)
