-- `homey run --http`: events for scripts over HTTP, from those who have the token alone.
local address = require "homey.cli.http.address"
local command = require "spec.support.command"
local cs = require "cqueues.socket"
local logins = require "spec.support.logins"
local support = require "spec.support.sim"
local token = require "homey.cli.http.token"

describe("homey run --http", function()
  local env, folder, process, url, secret

  setup(function()
    local sim = support.start()
    folder = command.folder()
    env = command.with_key(sim, folder .. "/state")
    command.write(folder .. "/a.lua", [[
      local homey = require "homey"
      homey.on("my.bell", function(data)
        print("bell", type(data) == "table" and data.door or data)
      end)
      homey.run()
    ]])
    process = command.start(env, "run", "--http", "127.0.0.1:0", folder .. "/a.lua")
    process:wait_for "a.lua: started"
    url = process:said():match "listens on (http://127%.0%.0%.1:%d+)"
    secret = command.read(folder .. "/state/http.token"):match "%S+"
  end)
  teardown(function()
    process:signal "TERM"
    assert.equal(0, process:ended())
    command.tidy()
    support.stop()
  end)

  -- The status and the body of the answer to a request by curl.
  local function ask(path, more)
    local out = os.tmpname()
    logins.shell(("LD_PRELOAD= curl -s -o %s -w '%%{http_code}' %s '%s%s' >%s.status")
      :format(out, more or "", url, path, out))
    local status, body = tonumber(command.read(out .. ".status")), command.read(out)
    os.remove(out)
    os.remove(out .. ".status")
    return status, body
  end

  local function authorized(more)
    return ("-H 'Authorization: Bearer %s' %s"):format(secret, more or "")
  end

  it("says where its token is, which only its owner can read, and never says the token", function()
    assert.matches("its token is in .*/state/http%.token", process:said())
    assert.is_falsy(process:said():find(secret, 1, true))
    local pipe = io.popen("ls -l " .. folder .. "/state/http.token")
    assert.matches("^%-rw%-%-%-%-%-%-%-", pipe:read "*a")
    pipe:close()
    assert.is_true(#secret >= 32)
  end)

  it("calls the handlers of an event, with JSON, text or nothing", function()
    local status, body = ask("/event/my.bell",
      authorized [[-H 'Content-Type: application/json' -d '{"door":"front"}']])
    assert.equal(200, status)
    assert.equal('{"event":"my.bell"}', body)
    process:wait_for "a.lua: bell\tfront"
    assert.equal(200, (ask("/event/bell",
      authorized "-H 'Content-Type: text/plain' --data-raw 'hello there'")))
    process:wait_for "a.lua: bell\thello there"
    assert.equal(200, (ask("/event/bell", authorized "-X POST")))
    process:wait_for "a.lua: bell\tnil"
  end)

  for name, more in pairs {
    ["without a token"] = "-X POST",
    ["with a wrong token"] = "-X POST -H 'Authorization: Bearer x'",
    ["with the token in the address"] = "-X POST -G -d token=x",
  } do
    it("refuses a request " .. name, function()
      local status, body = ask("/event/my.bell", more)
      assert.equal(401, status)
      assert.matches("Authorization: Bearer TOKEN", body)
    end)
  end

  it("refuses a page of another origin, and a name that leads here", function()
    assert.equal(403, (ask("/event/bell", authorized "-X POST -H 'Origin: http://evil.example'")))
    assert.equal(403, (ask("/event/bell", authorized "-X POST -H 'Origin: null'")))
    assert.equal(403, (ask("/event/bell", authorized "-X POST -H 'Host: evil.example'")))
    assert.equal(200, (ask("/event/bell", authorized("-X POST -H 'Origin: " .. url .. "'"))))
  end)

  it("refuses other methods, paths, bodies and names in words", function()
    local status, body = ask("/event/bell", authorized())
    assert.equal(405, status)
    assert.matches("this path takes POST", body)
    assert.equal(404, (ask("/nothing", authorized())))
    status, body = ask("/event/bell", authorized "-H 'Content-Type: application/json' -d '{'")
    assert.equal(400, status)
    assert.matches("the body is not valid JSON", body)
    assert.equal(400, (ask("/event/my..", authorized "-X POST")))
    status, body = ask("/event/bell", authorized("--data-binary @" .. (function()
      command.write(folder .. "/big", ("x"):rep(70000))
      return folder .. "/big"
    end)()))
    assert.equal(400, status)
    assert.matches("a body that is too large", body)
  end)

  -- The first line of the answer to bytes as they are.
  local function said_to(bytes)
    local socket = cs.connect("127.0.0.1", tonumber(url:match "%d+$"))
    socket:onerror(function(_, _, code) return code end)
    socket:setmode("b", "b")
    socket:settimeout(10)
    socket:xwrite(bytes, "bn", 10)
    local line, rest = socket:read "*l", socket:read "-500"
    socket:close()
    return line, rest
  end

  it("reads chunks, and refuses a chunk too large before it takes it into memory", function()
    local head = ("POST /event/bell HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n"
      .. "Transfer-Encoding: chunked\r\n\r\n"):format(secret)
    assert.matches(" 200 ", (said_to(head .. "3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n")))
    process:wait_for "a.lua: bell\thello\n"
    for bytes, message in pairs {
      ["7fffffff\r\nx"] = "a body that is too large", ["zz\r\n"] = "a malformed chunk",
      ["2\r\nhixx"] = "a malformed chunk", ["fffffffff\r\n"] = "a malformed chunk",
      ["0\r\n" .. ("a: b\r\n"):rep(200)] = "too many trailer lines",
    } do
      local line, rest = said_to(head .. bytes)
      assert.matches(" 400 ", line)
      assert.is_truthy(rest:find(message, 1, true), rest)
    end
  end)

  it("is not held up by a client that says nothing", function()
    local sockets = {}
    for i = 1, 70 do
      sockets[i] = cs.connect("127.0.0.1", tonumber(url:match "%d+$"))
      sockets[i]:connect(5)
    end
    for i = 1, 70 do sockets[i]:close() end
    command.until_true("it answers again", function()
      return ask("/event/bell", authorized "-X POST") == 200
    end)
  end)

  it("says what is wrong with the address or the port", function()
    local code, _, err = command.run(env, "run", "--http", "nonsense", folder .. "/a.lua")
    assert.equal(2, code)
    assert.matches("%-%-http takes a port or an address such as 127.0.0.1:8080", err)
    code, _, err = command.run(env, "run", "--http", url:match "%d+$", folder .. "/a.lua")
    assert.equal(2, code)
    assert.matches("port %d+ is already in use", err)
  end)
end)

describe("the address of --http", function()
  for text, wanted in pairs {
    ["8080"] = { host = "127.0.0.1", port = 8080, is_loopback = true },
    ["localhost:1"] = { host = "127.0.0.1", port = 1, is_loopback = true },
    ["127.0.0.2:80"] = { host = "127.0.0.2", port = 80, is_loopback = true },
    ["[::1]:80"] = { host = "::1", port = 80, is_loopback = true },
    ["192.168.1.5:80"] = { host = "192.168.1.5", port = 80, is_loopback = false },
    ["0.0.0.0:80"] = { host = "0.0.0.0", port = 80, is_loopback = false },
  } do
    it("may be " .. text, function() assert.same(wanted, address.read(text)) end)
  end

  for _, text in ipairs { "", "x", "70000", "127.0.0.1", "1.2.3:80", "1.2.3.256:80", ":80",
    "a.example:80" } do
    it(("may not be '%s'"):format(text), function() assert.is_nil((address.read(text))) end)
  end
end)

describe("the comparison of tokens", function()
  it("tells equal from other", function()
    assert.is_true(token.is_equal("abc", "abc"))
    for _, other in ipairs { "abd", "ab", "abcd", "" } do
      assert.is_false(token.is_equal("abc", other))
      assert.is_false(token.is_equal(other, "abc"))
    end
  end)
end)
