-- homey login: by a browser, a pasted code, an API key and a password; with real sockets.
local command = require "spec.support.command"
local logins = require "spec.support.logins"
local support = require "spec.support.sim"
local system = require "homey.system"
local web = require "spec.support.web"

local quoted = logins.quoted
local client = {
  id = "1f2e3d4c5b6a79880a1b2c3d", secret = "5d1e8c7ba00f4c9d8e7f6a5b4c3d2e1f00112233",
}

describe("homey login", function()
  local sim, env, folder

  setup(function() sim = support.start() end)
  teardown(support.stop)

  local has_v6 = system.listen(0, true) ~= nil

  -- Free at both addresses of this machine.
  local function free_port()
    while true do
      local socket = system.listen(0)
      local port = socket:port()
      local other = not has_v6 or system.listen(port, true)
      socket:close()
      if other and other ~= true then other:close() end
      if other then return port end
    end
  end

  -- An OAuth client whose redirect_uri leads to this machine.
  local function use_client(uri)
    sim:set { clients = { [client.id] = { secret = client.secret, redirect_uris = { uri } } } }
    env.HOMEY_CLIENT_ID, env.HOMEY_CLIENT_SECRET = client.id, client.secret
    env.HOMEY_REDIRECT_URI = uri
  end

  before_each(function()
    logins.reset(sim)
    folder = command.folder()
    env = {
      HOMEY_STATE_DIR = folder .. "/state", HOMEY_CAFILE = sim.cafile, DISPLAY = "",
      WAYLAND_DISPLAY = "", HOMEY_CONNECT_TO = table.concat(sim.options.connect_to, ","),
    }
  end)
  after_each(command.tidy)

  local function words_of(...)
    local words = { "env", logins.exits }
    for name, value in pairs(env) do words[#words + 1] = quoted(name .. "=" .. value) end
    words[#words + 1] = "bin/homey"
    for _, word in ipairs { ... } do words[#words + 1] = quoted(word) end
    return table.concat(words, " ")
  end

  local process = {}
  process.__index = process

  -- Starts it with an input that is open.
  local function start(...)
    local base = folder .. "/out"
    local limit = ("%d s"):format(30 * command.slow) -- only ends what hangs
    local pipe = io.popen(("%s >%s 2>&1; echo $? >%s.code")
      :format(words_of("login", "--timeout", limit, ...), base, base), "w")
    return setmetatable({ pipe = pipe, base = base }, process)
  end

  function process:said() return command.read(self.base) end

  function process:wait_for(pattern)
    return command.until_true(("it says %q, but: %s"):format(pattern, self:said()), function()
      return self:said():match(pattern)
    end)
  end

  function process:type(line)
    self.pipe:write(line, "\n")
    self.pipe:flush()
  end

  function process:ended()
    self.pipe:close()
    return tonumber(command.read(self.base .. ".code")), self:said()
  end

  local function address_of(p)
    return p:wait_for "(https://api%.athom%.com/oauth2/authorise%S+)\n"
  end

  -- What a browser does in which somebody is logged in: the address that the cloud sends it to.
  local function allow(url)
    local reply = support.curl(sim, url .. "&user_token=" .. support.login(sim))
    return (assert(reply.headers.location, reply.said))
  end

  local function logged_in()
    return ("Logged in to Sunny House as %s.\nThe login is stored in %s/state.\n")
      :format(sim.options.email, folder)
  end

  local function works()
    return (command.run({
      HOMEY_STATE_DIR = env.HOMEY_STATE_DIR, HOMEY_CAFILE = env.HOMEY_CAFILE,
      HOMEY_CONNECT_TO = env.HOMEY_CONNECT_TO,
    }, "get", "Kitchen/Lamp", "onoff"))
  end

  describe("--browser", function()
    local port, uri

    before_each(function()
      port = free_port()
      uri = ("http://localhost:%d/oauth2/callback"):format(port)
      use_client(uri)
    end)

    it("takes the code that the browser brings", function()
      local p = start("--browser")
      local reply = support.curl(sim, allow(address_of(p)))
      assert.equal(200, reply.status, reply.said)
      assert.matches("<p>homey has the code and logs in now%. You can close this page%.</p>",
        reply.body)
      assert.equal("no-store", reply.headers["cache-control"])
      local code, said = p:ended()
      assert.equal(0, code, said)
      assert.truthy(said:find(logged_in(), 1, true), said)
      assert.matches("The browser is not opened from here: there is no screen here%.\n", said)
      assert.equal(0, works())
      assert.same({}, logins.complaints(sim))
    end)

    it("takes the code of the page on which a person allows access", function()
      sim:set { mode = "consent" }
      local p = start("--browser")
      local url = address_of(p) .. "&user_token=" .. support.login(sim)
      local page = support.curl(sim, url)
      local reply = support.curl(sim, {
        url = (url:gsub("api%.athom%.com/oauth2", "accounts.athom.com")),
        headers = { Cookie = page.headers["set-cookie"]:match "^[^;]+" },
        body = support.form {
          "resource", "resource.homey." .. sim.hub_id, "allow", "Allow", "_csrf",
          page.body:match 'name="_csrf" value="([^"]+)"',
        },
      })
      assert.equal(200, support.curl(sim, assert(reply.headers.location, reply.said)).status)
      assert.equal(0, (p:ended()))
      assert.same({}, logins.complaints(sim))
    end)

    it("listens on this machine alone", function()
      local p = start("--browser")
      address_of(p)
      local pipe = io.popen("cat /proc/net/tcp /proc/net/tcp6")
      local sockets = pipe:read "*a"
      pipe:close()
      local found = {}
      for address, hex in sockets:gmatch " (%x+):(%x%x%x%x) %x+:%x+ 0A" do
        if tonumber(hex, 16) == port then found[#found + 1] = address end
      end
      assert.same({ "0100007F", has_v6 and "00000000000000000000000001000000" or nil }, found)
      p:type(allow(address_of(p)))
      assert.equal(0, (p:ended()))
    end)

    it("opens a browser where there is a screen", function()
      command.write(folder .. "/xdg-open", ([[#!/bin/sh
        export LD_PRELOAD=
        echo "$1" >%s/argument
        url=$(curl -sS -o /dev/null -w '%%{redirect_url}' "$1")
        curl -sS -o /dev/null -w '%%{http_code}' "$1" >%s/again
        curl -sSL --cacert %s %s "$url&user_token=%s" >%s/page 2>&1
      ]]):format(folder, folder, sim.cafile, "--connect-to "
        .. table.concat(sim.options.connect_to, " --connect-to "), support.login(sim), folder))
      logins.shell("chmod +x " .. folder .. "/xdg-open")
      env.DISPLAY, env.PATH = ":7", folder .. ":" .. os.getenv "PATH"
      local code, said = start("--browser"):ended()
      assert.equal(0, code, said .. command.read(folder .. "/page"))
      assert.truthy(said:find(logged_in(), 1, true), said)
      assert.is_nil(said:find "not opened")
      command.until_true("the page is there", function()
        return command.read(folder .. "/page"):find "You can close this page"
      end)
      assert.equal(("http://127.0.0.1:%d/homey-login\n"):format(port),
        command.read(folder .. "/argument"))
      assert.equal("404", command.read(folder .. "/again"))
    end)

    it("answers nothing else", function()
      local p = start("--browser")
      local right = allow(address_of(p))
      local base = "http://localhost:" .. port
      for path, status in pairs {
        ["/favicon.ico"] = 404, ["/"] = 404, ["/oauth2/callback"] = 400,
        ["/oauth2/callback?code=abc&state=wrong"] = 400,
        ["/oauth2/callback?error=access_denied&state=wrong"] = 400,
        ["/oauth2/callback?code=abc"] = 400,
      } do
        assert.equal(status, support.curl(sim, base .. path).status, path)
      end
      assert.equal(400, support.curl(sim, { url = right, method = "POST", body = "x" }).status)
      assert.matches("^HTTP/1%.1 404 .-\r\n\r\n$", web.said_to(port, "HEAD / HTTP/1.1\r\n\r\n"))
      assert.equal(0, #logins.requests(sim, "token"))
      assert.equal(200, support.curl(sim, right).status)
      assert.equal(0, (p:ended()))
    end)

    it("is not held up by a connection that says nothing", function()
      local p = start("--browser")
      local right = allow(address_of(p))
      local idle = io.popen(("exec perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new("
        .. "\"127.0.0.1:%d\") or die; print $s \"GET /\"; $s->flush; $|=1; print \"open\\n\"; "
        .. "<$s>'"):format(port))
      assert.equal("open", idle:read "*l")
      assert.equal(200, support.curl(sim, right).status)
      assert.equal(0, (p:ended()))
      idle:close()
    end)

    it("fails when access is refused", function()
      local p = start("--browser")
      local state = address_of(p):match "[?&]state=(%x+)"
      local reply = support.curl(sim, uri .. "?error=access_denied&state=" .. state)
      assert.equal(200, reply.status)
      assert.matches("<p>Access was not allowed%.", reply.body)
      local code, said = p:ended()
      assert.equal(3, code)
      assert.matches("homey login: access was refused in the browser %(access_denied%)%. "
        .. "Start again to allow it%.\n$", said)
      assert.is_nil(logins.file(folder .. "/state"))
    end)

    it("takes a pasted address meanwhile", function()
      local p = start("--browser")
      p:type(allow(address_of(p)))
      local code, said = p:ended()
      assert.equal(0, code, said)
      assert.truthy(said:find(logged_in(), 1, true), said)
    end)

    if has_v6 then
      it("takes the code by IPv6, which browsers try first for the name localhost", function()
        local p = start("--browser")
        local reply = support.curl(sim, (allow(address_of(p)):gsub("localhost", "[::1]")))
        assert.equal(200, reply.status, reply.said)
        assert.equal(0, (p:ended()))
      end)

      it("does not wait beside another program that would get the code by IPv6", function()
        local other = assert(system.listen(port, true))
        local p = start("--browser")
        p:wait_for(("Not waiting for the browser: port %d is already in use%%.\n"):format(port))
        assert(system.listen(port)):close()
        p:type(allow(address_of(p)))
        other:close()
        local code, said = p:ended()
        assert.equal(0, code, said)
      end)
    end

    it("goes on with pasting when its port is in use, and opens no browser", function()
      local other = assert(system.listen(port))
      command.write(folder .. "/xdg-open", ("#!/bin/sh\necho >%s/opened\n"):format(folder))
      logins.shell("chmod +x " .. folder .. "/xdg-open")
      env.DISPLAY, env.PATH = ":7", folder .. ":" .. os.getenv "PATH"
      local p = start("--browser")
      p:wait_for(("Not waiting for the browser: port %d is already in use%%.\n"):format(port))
      p:wait_for("not opened from here: the program that uses the port would get the code%. End "
        .. "that program and start again, or open the address on another machine%.\n")
      p:type(allow(address_of(p)))
      other:close()
      local code, said = p:ended()
      assert.equal(0, code, said)
      assert.equal("", command.read(folder .. "/opened"))
    end)

    it("goes on with pasting when it leads elsewhere", function()
      use_client "https://example.com/back"
      local p = start("--browser")
      p:wait_for("Not waiting for the browser: the redirect_uri https://example%.com/back is not "
        .. "on this machine%.\n")
      p:type(allow(address_of(p)))
      assert.equal(0, (p:ended()))
    end)

    it("waits for a limited time", function()
      local code, _, err = command.run(env, "login", "--browser", "--timeout", "0.2 s")
      assert.equal(5, code)
      assert.matches("homey login: [^\n]*0%.2 s[^\n]*\n$", err)
    end)

    it("keeps the old login when the code is refused", function()
      local p = start("--browser")
      p:type(allow(address_of(p)))
      assert.equal(0, (p:ended()))
      local _, before = logins.file(folder .. "/state")
      p = start("--browser")
      p:type "0123456789abcdef"
      local code, said = p:ended()
      assert.equal(3, code)
      assert.matches("the authorization code was refused", said)
      assert.is_nil(said:find("0123456789abcdef", 1, true))
      local _, after = logins.file(folder .. "/state")
      assert.equal(before, after)
    end)

    it("stores nothing of another account than the one named", function()
      local p = start("--browser", "somebody@example.com")
      p:type(allow(address_of(p)))
      local code, said = p:ended()
      assert.equal(3, code)
      assert.matches(
        "the browser is logged in as sunny@example%.com, not as somebody@example%.com%.", said)
      assert.is_nil(logins.file(folder .. "/state"))
    end)

    it("ends silently by Ctrl-C", function()
      local running = command.start(env, "login", "--browser")
      running:wait_for "authorise"
      running:signal "INT"
      assert.equal(130, running:ended())
      assert.is_nil(running:said():find "homey login:")
    end)
  end)

  describe("--code", function()
    it("asks for a code, and does not listen", function()
      local port = free_port()
      use_client(("http://localhost:%d"):format(port))
      local p = start("--code")
      local url = address_of(p)
      assert.equal(7, support.curl(sim, ("http://localhost:%d/"):format(port)).exit)
      p:type(allow(url):match "code=(%x+)")
      local code, said = p:ended()
      assert.equal(0, code, said)
      assert.matches("Paste here the address at which the browser ends, or its code", said)
    end)

    it("takes the client for localhost by default", function()
      local p = start("--code", "--account", "mine")
      local url = address_of(p)
      assert.matches("client_id=5a8d4ca6eb9f7a2c9d6ccf6d&redirect_uri=http%%3A%%2F%%2Flocalhost&",
        url)
      p:type(allow(url))
      assert.equal(0, (p:ended()))
      local _, text = logins.file(folder .. "/state")
      assert.matches('"account":%s*"mine"', text)
    end)

    it("says what is wrong with what was pasted, and asks again", function()
      local p = start("--code")
      local url = address_of(p)
      p:type "http://localhost/?code=abc&state=wrong"
      p:wait_for "this answer belongs to another login, so it was not used%. Paste"
      p:type "http://localhost/"
      p:wait_for "this address holds no code%. Paste"
      p:type(allow(url))
      assert.equal(0, (p:ended()))
    end)

    it("fails at the end of its input", function()
      local code, _, err = command.run(env, "login", "--code")
      assert.equal(2, code)
      assert.matches("homey login: no code was given%.\n$", err)
    end)

    it("takes a code that is pasted at a terminal", function()
      local pipe = io.popen(("perl spec/support/terminal.pl 'press Enter:' '%s\\r' %s")
        :format(support.code(sim), words_of("login", "--code")))
      local shown = pipe:read("*a"):gsub("\r", "")
      pipe:close()
      assert.truthy(shown:find(logged_in(), 1, true), shown)
    end)
  end)

  describe("--token", function()
    local key

    before_each(function() key = sim.pat_options.token end)

    local function typed(line, ...)
      command.write(folder .. "/typed", line .. "\n")
      return command.piped(env, "<" .. quoted(folder .. "/typed"), ...)
    end

    it("reads an API key from the input", function()
      local code, out, err = typed(key, "login", "--token", "--address", sim.pat_options.address)
      assert.same({ 0, "" }, { code, err })
      assert.matches("^Logged in to Sunny House by its API key%.\n", out)
      assert.equal(0, works())
    end)

    it("takes an address without a scheme, with its port", function()
      env.HOMEY_ADDRESS = "127.0.0.1:" .. sim.ports.https
      local code, _, err = typed(key, "login", "--token")
      assert.same({ 0, "" }, { code, err })
      assert.equal(0, works())
      env.HOMEY_TOKEN = key
      assert.equal(0, (command.run(env, "get", "Kitchen/Lamp", "onoff")))
    end)

    it("refuses an address before it asks", function()
      local code, _, err = typed(key, "login", "--token", "--address", "ftp://hub")
      assert.equal(2, code)
      assert.matches("^homey login: the option `address` must look like 192.168.1.20", err)
    end)

    it("needs an address", function()
      local code, _, err = typed(key, "login", "--token")
      assert.equal(2, code)
      assert.matches("Give it by %-%-address or HOMEY_ADDRESS%.\n$", err)
    end)

    it("shows no key at a terminal", function()
      local pipe = io.popen(("perl spec/support/terminal.pl 'API key:' '%s\\r' %s"):format(key,
        words_of("login", "--token", "--address", sim.pat_options.address)))
      local shown = pipe:read "*a"
      pipe:close()
      assert.matches("^API key: \r\nLogged in to Sunny House by its API key%.\r\n", shown)
    end)
  end)

  describe("refuses", function()
    local secret = "s3cret-Word:17"

    for what, words in pairs {
      ["a password behind the e-mail address"] = { "me@example.com", secret },
      ["a password as its argument"] = { secret },
      ["a key behind --token"] = { "--token", secret },
      ["a key as the value of --token"] = { "--token=" .. secret },
      ["a password as the value of --password"] = { "--password=" .. secret },
      ["a code behind --code"] = { "--code", secret },
      ["a password in a mistyped option"] = { "--pasword=" .. secret },
      ["a password in a short option"] = { "-p" .. secret },
    } do
      it(what .. ", without repeating it", function()
        local code, out, err = command.run(env, "login",
          (table.unpack or unpack)(words)) -- luacheck: compat
        assert.same({ 2, "" }, { code, out })
        assert.is_nil(err:find(secret, 1, true), err)
        assert.matches("^homey login: [^\n]+\n$", err)
      end)
    end

    it("two ways at once", function()
      local code, _, err = command.run(env, "login", "--browser", "--token")
      assert.equal(2, code)
      assert.matches("%-%-browser and %-%-token are two ways to log in%. Give one of them%.", err)
    end)
  end)

  describe("to an account with several Homeys", function()
    before_each(function()
      sim:set { homeys = { { id = "b7c64a1f02e98d5530a1c4ef", name = "Cabin" } } }
    end)

    -- Types two lines once a prompt is shown.
    local function type_at(prompts, words)
      local pipe = io.popen(("perl spec/support/terminal.pl '%s' '%s\\r%s\\r' %s")
        :format(prompts[1], prompts[2], prompts[3], words))
      local shown = pipe:read("*a"):gsub("\r", "")
      pipe:close()
      return shown
    end

    it("asks for one at a terminal, with the code used once", function()
      local shown = type_at({ "press Enter:", support.code(sim), "sunny house" },
        words_of("login", "--code"))
      assert.matches("this account has several Homeys: [^\n]*\"Cabin\"[^\n]*%.\n"
        .. "Name or id of the Homey: ", shown)
      assert.truthy(shown:find(logged_in(), 1, true), shown)
      assert.same({}, logins.complaints(sim))
      assert.equal(0, works())
    end)

    it("names them where nobody can be asked", function()
      env.HOMEY_EMAIL, env.HOMEY_PASSWORD = sim.options.email, sim.options.password
      local code, _, err = command.run(env, "login")
      assert.equal(4, code)
      assert.matches("several Homeys: [^\n]*\"Cabin\"", err)
      assert.equal(0, (command.run(env, "login", "--hub", "Sunny House")))
    end)
  end)

  it("restores the terminal when it is ended at the password", function()
    local program = ("timeout --foreground --preserve-status %d %s; echo code $?; stty -a")
      :format(2 * command.slow, words_of("login", "me@example.com"))
    local pipe = io.popen(("perl spec/support/terminal.pl Password: abc sh -c %s")
      :format(quoted(program)))
    local shown = pipe:read("*a"):gsub("\r", "")
    pipe:close()
    assert.matches("^Password: \ncode 143\n", shown)
    assert.matches(" echo ", shown)
    assert.matches(" icanon ", shown)
  end)

  it("says which variable it does not use", function()
    env.HOMEY_TOKEN, env.HOMEY_PASSWORD = sim.pat_options.token, sim.options.password
    local code, _, err = command.run(env, "login", sim.options.email)
    assert.same({ 0, "HOMEY_TOKEN is set, but not used: an e-mail address is known.\n" },
      { code, err })
  end)

  it("ends silently by Ctrl-C at the password", function()
    local pipe = io.popen(("perl spec/support/terminal.pl Password: 'abc\\003' sh -c %s")
      :format(quoted(words_of("login", "me@example.com") .. "; echo code $?")))
    local shown = pipe:read("*a"):gsub("\r", "")
    pipe:close()
    assert.equal("Password: \ncode 130\n", shown)
  end)

  for what, case in pairs {
    ["the e-mail address"] = { "address:" }, ["the code"] = { "Enter:", "--code" },
    ["waiting for the browser"] = { "there is no screen", "--browser" },
  } do
    it("ends silently by Ctrl-C at " .. what, function()
      local pipe = io.popen(("perl spec/support/terminal.pl %s '\\003' sh -c %s"):format(
        quoted(case[1]), quoted("trap : INT; " .. words_of("login", case[2]) .. "; echo code $?")))
      local shown = pipe:read("*a"):gsub("\r", "")
      pipe:close()
      assert.matches("code 130\n$", shown)
      assert.is_nil(shown:find "homey login:", shown)
      assert.is_nil(shown:find "traceback", shown)
    end)
  end

  it("fails when it cannot store the login of a browser", function()
    env.HOMEY_STATE_DIR = "/sys/homey/state"
    local p = start "--code"
    p:type(allow(address_of(p)))
    local code, said = p:ended()
    assert.equal(1, code)
    assert.matches("\nwarning: the login cannot be saved: [^\n]*/sys/homey/state", said)
    assert.matches("Logged in to Sunny House as sunny@example%.com%.\n", said)
    assert.matches("homey: the login could not be stored%.", said)
  end)

  it("ends by Ctrl-C while the cloud does not answer", function()
    sim:fault { kind = "hang", route = "login" }
    env.HOMEY_EMAIL, env.HOMEY_PASSWORD = sim.options.email, sim.options.password
    local running = command.start(env, "login")
    command.until_true("it asks", function() return #logins.requests(sim, "login") > 0 end)
    running:signal "INT"
    assert.same({ 130, "" }, { running:ended(), running:said() })
  end)
end)
