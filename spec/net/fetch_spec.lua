--- homey.fetch over real sockets, to a server in this process.
local cqueues = require "cqueues"
local homey = require "homey"
local web = require "spec.support.web"

local servers, folder = {}, os.tmpname()

local function start(handler)
  servers[#servers + 1] = web.start(handler)
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

local function gzip(text)
  local path = folder .. ".txt"
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
  local pipe = io.popen("gzip -c " .. path)
  local bytes = pipe:read "*a"
  pipe:close()
  os.remove(path)
  return bytes
end

teardown(function() os.remove(folder) end)

describe("a fetch", function()
  after_each(stop_servers)

  it("returns status, headers, body and URL", function()
    local server = start(function()
      return {
        headers = {
          "Content-Type: application/json", "X-Rate: 1", "x-rate:  2 ", "Set-Cookie: a=1, b",
          "Set-Cookie: c=2", "X-Empty:",
        },
        body = '{"price":[1,null]}',
      }
    end)
    local reply = homey.fetch(server.origin .. "/prices?day=1")
    assert.equal(200, reply.status)
    assert.is_true(reply.ok)
    assert.equal('{"price":[1,null]}', reply.body)
    assert.same({ price = { 1, homey.null } }, reply:json())
    assert.equal("1, 2", reply.headers["x-rate"])
    assert.equal("1, 2", reply.headers["X-Rate"])
    assert.equal("a=1, b\nc=2", reply.headers["set-cookie"])
    assert.equal("", reply.headers["x-empty"])
    assert.is_nil(reply.headers["x-other"])
    assert.equal(server.origin .. "/prices?day=1", reply.url)
    assert.equal("homey.Response: 200, 18 bytes", tostring(reply))
    assert.equal("/prices?day=1", server.requests[1].path)
  end)

  it("sends the method, headers and body that it is given", function()
    local server = start(function() return {} end)
    local cases = {
      { nil, "GET", "", nil },
      { { body = "raw \0 bytes" }, "POST", "raw \0 bytes", nil },
      { { body = "" }, "POST", "", nil },
      { { json = { a = { 1 } } }, "POST", '{"a":[1]}', "application/json" },
      { { json = homey.null }, "POST", "null", "application/json" },
      { { json = {}, headers = { ["content-type"] = "x/y" } }, "POST", "{}", "x/y" },
      { { form = { b = "ö &=", a = true, c = 1 } }, "POST", "a=true&b=%C3%B6%20%26%3D&c=1",
        "application/x-www-form-urlencoded" },
      { { method = "put", body = "x" }, "PUT", "x", nil },
      { { method = "PATCH", body = "x" }, "PATCH", "x", nil },
      { { method = "DELETE" }, "DELETE", "", nil },
      { { method = "POST" }, "POST", "", nil },
      { { method = "HEAD" }, "HEAD", "", nil },
    }
    for i, case in ipairs(cases) do
      homey.fetch(server.origin .. "/" .. i, case[1])
      local request = server.requests[i]
      assert.same({ case[2], case[3], case[4] },
        { request.method, request.body, request.headers["content-type"] })
    end
    homey.fetch(server.origin, {
      headers = { ["X-Key"] = 5, ["X-Two"] = { "a", "b" }, Accept = "" },
    })
    local request = server.requests[#cases + 1]
    assert.equal("5", request.headers["x-key"])
    assert.is_nil(request.headers.accept)
    assert.matches("X%-Two: a\nX%-Two: b", table.concat(request.lines, "\n"))
  end)

  it("uploads files as a multipart form", function()
    local server = start(function() return {} end)
    local path = folder .. ".jpg"
    local file = assert(io.open(path, "wb"))
    file:write "\255\216 picture"
    file:close()
    homey.fetch(server.origin, { multipart = {
      title = "Door", n = 3, photo = { path = path, type = "image/jpeg" },
      ["odd\"\r\nname"] = { data = "x", filename = "a\"b.txt" },
    } })
    os.remove(path)
    local request = server.requests[1]
    local boundary = request.headers["content-type"]:match "^multipart/form%-data; boundary=(%S+)$"
    local expected = table.concat {
      "--B\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n3\r\n",
      "--B\r\nContent-Disposition: form-data; name=\"odd%22%0D%0Aname\"; ",
      "filename=\"a%22b.txt\"\r\nContent-Type: application/octet-stream\r\n\r\nx\r\n",
      "--B\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"",
      path:match "[^/]+$", "\"\r\nContent-Type: image/jpeg\r\n\r\n\255\216 picture\r\n",
      "--B\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nDoor\r\n", "--B--\r\n",
    }
    assert.equal(expected:gsub("%-%-B", function() return "--" .. boundary end), request.body)
  end)

  it("takes any status for an answer", function()
    local server = start(function(request) return { status = tonumber(request.path:sub(2)) } end)
    for _, status in ipairs { 204, 304, 401, 404, 429, 500, 503 } do
      local reply = homey.fetch(server.origin .. "/" .. status)
      assert.equal(status, reply.status)
      assert.equal(status == 204, reply.ok)
      assert.equal("", reply.body)
    end
  end)

  it("says when a body is not JSON", function()
    local server = start(function()
      return { status = 502, headers = { "Content-Type: text/html" }, body = "<h1>Bad" }
    end)
    local reply = homey.fetch(server.origin .. "/?key=secret")
    local _, err = homey.try(reply.json, reply)
    assert.equal("protocol", err.kind)
    assert.equal(502, err.status)
    assert.matches("^the answer of localhost:%d+ is not JSON: byte 1: .* %(status 502, text/html%)",
      err.message)
    assert.not_matches("secret", tostring(err))
  end)

  it("decompresses", function()
    local bytes = gzip(("hello "):rep(1000))
    local server = start(function()
      return { headers = { "Content-Encoding: gzip" }, body = bytes }
    end)
    assert.equal(6000, #homey.fetch(server.origin).body)
    local err = failure(server.origin, { max = 5999 })
    assert.equal("protocol", err.kind)
  end)

  it("ends a body that is larger than max", function()
    local server = start(function(request)
      if request.path == "/length" then return { body = ("x"):rep(2000) } end
      return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        .. ("3e8\r\n" .. ("x"):rep(1000) .. "\r\n"):rep(2) .. "0\r\n\r\n"
    end)
    for _, path in ipairs { "/length", "/chunked" } do
      assert.equal(2000, #homey.fetch(server.origin .. path, { max = 2000 }).body)
      local err = failure(server.origin .. path, { max = 1999 })
      assert.equal("protocol", err.kind)
      assert.matches("localhost sent a reply larger than the limit. Raise `max`, or ask for less%.",
        err.message)
    end
  end)

  it("ends after its timeout, also while data arrives", function()
    local server = start(function(request, socket)
      if request.path == "/drip" then
        socket:xwrite("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", "bn")
        for _ = 1, 1000 do
          if not socket:xwrite("x", "bn") then return nil end
          cqueues.sleep(0.02)
        end
      end
      cqueues.sleep(30)
    end)
    for _, path in ipairs { "/silent", "/drip" } do
      local began = require("socket").gettime()
      local err = failure(server.origin .. path, { timeout = "300 ms" })
      assert.equal("timeout", err.kind)
      assert.is_true(require("socket").gettime() - began < 15)
    end
  end)

  it("freezes no handler while a server is slow", function()
    local server = start(function()
      cqueues.sleep(0.6)
      return { body = "at last" }
    end)
    local turns, done = 0, false
    local ticker = homey.spawn(function()
      while not done do
        homey.sleep "20 ms"
        turns = turns + 1
      end
    end)
    assert.equal("at last", homey.fetch(server.origin).body)
    done = true
    ticker:wait()
    assert.is_true(turns >= 1) -- a blocked loop has none
  end)

  it("ends with its task", function()
    local left = false
    local server = start(function(_, socket)
      socket:fill(1, 30) -- until the client has left
      left = true
    end)
    local task = homey.spawn(homey.fetch, server.origin)
    while #server.requests == 0 do homey.sleep "10 ms" end
    task:cancel()
    assert.equal("cancelled", task.status)
    while not left do homey.sleep "10 ms" end
  end)

  it("waits for a free place beyond 64 at a time", function()
    local now, most = 0, 0
    local server = start(function()
      now = now + 1
      most = math.max(most, now)
      cqueues.sleep(0.05)
      now = now - 1
      return { body = "x" }
    end)
    local tasks = {}
    for i = 1, 100 do tasks[i] = homey.spawn(homey.fetch, server.origin .. "/" .. i) end
    tasks[1]:cancel()
    tasks[99]:cancel()
    for i, task in ipairs(tasks) do
      if i ~= 1 and i ~= 99 then assert.equal("x", task:wait().body) end
    end
    assert.is_true(most <= 64, most)
  end)

  it("says who cannot be reached, and shows no secret of the URL", function()
    local err = failure "http://me:geheim@localhost:1/x?key=sleutel"
    assert.equal("network", err.kind)
    assert.matches("^localhost cannot be reached", err.message)
    assert.not_matches("geheim", err.message .. tostring(err))
    assert.not_matches("sleutel", err.message .. tostring(err))
    local server = start(function() return "SSH-2.0\r\n" end)
    err = failure(server.origin)
    assert.equal("protocol", err.kind)
    server = start(function() end)
    err = failure(server.origin)
    assert.equal("network", err.kind)
    assert.matches("^localhost broke off the connection", err.message)
  end)

  it("repeats no POST that a server has dropped", function()
    local server
    server = start(function(request)
      if #server.requests == 1 then return { body = "kept alive" } end
      if request.method == "GET" and #server.requests == 2 then return nil end
      return request.method == "GET" and { body = "again" } or nil
    end)
    homey.fetch(server.origin)
    assert.equal("again", homey.fetch(server.origin).body)
    local count = #server.requests
    assert.equal("network", failure(server.origin, { body = "x" }).kind)
    assert.equal(count + 1, #server.requests)
  end)
end)

describe("a redirect", function()
  after_each(stop_servers)

  -- A server that redirects /STATUS to /end, or to where `to` says.
  local function redirector(to)
    local server
    server = start(function(request)
      local status = tonumber(request.path:match "^/(3%d%d)$")
      if not status then return { body = request.method .. " " .. request.body } end
      return { status = status, headers = { "Location: " .. (to or "/end") } }
    end)
    return server
  end

  it("is followed as browsers do", function()
    local server = redirector()
    for _, case in ipairs {
      { "GET", 301, "GET" }, { "GET", 302, "GET" }, { "GET", 303, "GET" }, { "GET", 307, "GET" },
      { "POST", 301, "GET" }, { "POST", 302, "GET" }, { "POST", 303, "GET" },
      { "POST", 307, "POST" }, { "POST", 308, "POST" }, { "PUT", 301, "PUT" },
      { "PUT", 302, "PUT" }, { "PUT", 303, "GET" }, { "PUT", 308, "PUT" },
      { "DELETE", 302, "DELETE" }, { "DELETE", 303, "GET" }, { "HEAD", 303, "HEAD" },
    } do
      local body = (case[1] == "POST" or case[1] == "PUT") and "text" or nil
      local reply = homey.fetch(server.origin .. "/" .. case[2], { method = case[1], body = body })
      local last = server.requests[#server.requests]
      assert.same({ case[3], case[3] == case[1] and body or "" }, { last.method, last.body },
        table.concat(case, " "))
      assert.equal(server.origin .. "/end", reply.url)
    end
  end)

  it("is shown when it is not followed", function()
    local server = redirector()
    for _, none in ipairs { false, 0 } do
      local reply = homey.fetch(server.origin .. "/302", { redirects = none == 0 and 0 or false })
      assert.equal(302, reply.status)
      assert.equal("/end", reply.headers.location)
    end
    assert.equal(2, #server.requests)
  end)

  it("is not followed for ever", function()
    local server = redirector "/302"
    local err = failure(server.origin .. "/302")
    assert.equal("protocol", err.kind)
    assert.matches("^localhost redirects again and again", err.message)
    assert.equal(11, #server.requests)
    failure(server.origin .. "/302", { redirects = 2 })
    assert.equal(14, #server.requests)
  end)

  it("does not lead to a file", function()
    local err = failure(redirector("file:///etc/passwd").origin .. "/302")
    assert.equal("protocol", err.kind)
  end)

  it("carries credentials to the same host only", function()
    local server = redirector()
    local other = redirector(server.origin:gsub("localhost", "127.0.0.1") .. "/end")
    local secrets = { headers = { Authorization = "Bearer x", Cookie = "c=1", ["X-Mine"] = "1" } }
    homey.fetch(server.origin .. "/302", secrets)
    assert.equal("Bearer x", server.requests[2].headers.authorization)
    homey.fetch(other.origin .. "/302", secrets)
    assert.equal("Bearer x", other.requests[1].headers.authorization)
    assert.is_nil(server.requests[3].headers.authorization)
    assert.is_nil(server.requests[3].headers.cookie)
    assert.equal("1", server.requests[3].headers["x-mine"])
    local url = other.origin:gsub("//", "//me:geheim@") .. "/302"
    local reply = homey.fetch(url)
    assert.equal("Basic bWU6Z2VoZWlt", other.requests[2].headers.authorization)
    assert.is_nil(server.requests[4].headers.authorization)
    assert.not_matches("geheim", reply.url)
    reply = homey.fetch(url, { redirects = false })
    assert.equal(other.origin .. "/302", reply.url)
  end)
end)

describe("a fetch beside a home", function()
  after_each(stop_servers)

  it("sends nothing of the home", function()
    local server = start(function()
      return { headers = { "X-Homey-ID: 8f6b874c6de09028016dbcdd" }, body = "true" }
    end)
    local address = server.origin:gsub("localhost", "127.0.0.1")
    local home = homey.new { address = address, token = "hub-id:token:secret" }
    home:get "/api/manager/system/"
    assert.matches("secret", server.requests[#server.requests].headers.authorization)
    homey.fetch(address .. "/api/manager/system/")
    local names = {}
    for name in pairs(server.requests[#server.requests].headers) do names[#names + 1] = name end
    table.sort(names)
    assert.same({ "accept", "accept-encoding", "host", "user-agent" }, names)
    home:get "/api/manager/system/" -- the same connections again, and nothing of a fetch in them
    local headers = server.requests[#server.requests].headers
    assert.matches("secret", headers.authorization)
    assert.not_matches("^homey/", headers["user-agent"])
    home:close()
  end)

  it("uses the proxy of the environment", function()
    local proxy = start(function(request) return { body = "by proxy: " .. request.path } end)
    local program = 'print(require("homey").fetch("http://prices.example/x").body)'
    local command = ("http_proxy=%s no_proxy= NO_PROXY= LUA_PATH='%s' LUA_CPATH='%s' %s -e '%s'")
      :format(proxy.origin, package.path, package.cpath, os.getenv "HOMEY_TEST_LUA" or "lua",
        program)
    assert.equal("by proxy: http://prices.example/x", homey.lines(io.popen(command))())
  end)
end)

describe("homey.fetch", function()
  it("refuses what it cannot send, by name, before it sends", function()
    local cases = {
      { { nil }, "takes a URL such as" }, { { 5 }, "takes a URL such as .* not 5%." },
      { { "file:///etc/passwd" }, "begins with https://.* the scheme 'file'" },
      { { "ftp://x/" }, "the scheme 'ftp'" }, { { "example.com/x" }, "the scheme 'none'" },
      { { "https://" }, "and a host" }, { { "http://x/a b" }, "a space .* is %%20" },
      { { "http://x/\n" }, "control character" }, { { "http://x\0.example/" }, "control char" },
      { { "http://x:99999/" }, "cannot read this URL" }, { { "http://[::1/" }, "cannot read" },
      { { "http://x", { tiemout = 1 } }, "has no option 'tiemout'; did you mean 'timeout'" },
      { { "http://x/", { timeout = 0 } }, "`timeout` takes a time from 1 ms to 1 h" },
      { { "http://x/", { max = -1 } }, "`max` takes a whole number of bytes" },
      { { "http://x", { redirects = 51 } }, "`redirects` takes true, false or a whole" },
      { { "http://x/", { method = "GE T" } }, "`method` is a word such as" },
      { { "http://x/", { method = "GET", body = "x" } }, "a GET has no body" },
      { { "http://x/", { body = "x", json = {} } }, "one of body, json, form and" },
      { { "http://x/", { json = print } }, "`json` cannot be sent: .*function" },
      { { "http://x/", { form = { "x" } } }, "takes fields by name, not under the key 1" },
      { { "http://x/", { form = { a = {} } } }, "the field `a` of `form` takes text" },
      { { "http://x/", { multipart = { a = { path = "/nowhere" } } } }, "be read: /nowhere" },
      { { "http://x/", { multipart = { a = { path = "spec" } } } }, "read: spec is no file" },
      { { "http://x/", { multipart = { a = {} } } }, "takes either `path` or `data`" },
      { { "http://x/", { headers = { ["A b"] = "x" } } }, "'A b' is not the name of a header" },
      { { "http://x/", { headers = { "X: y" } } }, "1 is not the name of a header" },
      { { "http://x/", { headers = { Expect = 3 } } }, "the header Expect by" },
      { { "http://x/", {}, 3 }, "takes 2 arguments" },
    }
    for i, case in ipairs(cases) do
      local err = failure(case[1][1], case[1][2], case[1][3])
      assert.equal("invalid", err.kind, i)
      assert.matches(case[2], err.message)
      assert.matches("[.?]$", err.message)
    end
  end)

  it("quotes no value of a header in an error", function()
    local err = failure("http://x/", { headers = { Authorization = "geheim\r\nX-Evil: 1" } })
    assert.matches("value of the header Authorization holds a control character", err.message)
    assert.not_matches("geheim", tostring(err))
  end)
end)
