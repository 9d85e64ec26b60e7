--- homey.poll over the C core: pipes, sockets of LuaSocket, numbers.
local homey = require "homey"
local collect_all = require "spec.support.collect_all"
local socket = require "socket"

-- The open sockets: pipes come and go with io.popen.
local function sockets()
  collect_all()
  local pipe = io.popen("ls -l /proc/$PPID/fd | grep -c socket:")
  local count = tonumber(pipe:read "*l")
  pipe:close()
  return count
end

local function refusal(...)
  local _, err = homey.try(homey.poll, ...)
  assert.equal("invalid", err.kind)
  return err.message
end

local function connected()
  local server = assert(socket.bind("127.0.0.1", 0))
  local client = assert(socket.connect("127.0.0.1", (select(2, server:getsockname()))))
  local accepted = assert(server:accept())
  server:close()
  return client, accepted
end

describe("a poll", function()
  it("waits for a pipe while other tasks run", function()
    local pipe = io.popen "sleep 0.3; echo x"
    local turns, done = 0, false
    homey.spawn(function()
      while not done do
        homey.sleep "20 ms"
        turns = turns + 1
      end
    end)
    local task = homey.spawn(function()
      local ready = homey.poll(pipe)
      done = true
      return ready
    end)
    assert.equal("r", task:wait())
    assert.is_true(turns >= 1) -- a blocked loop has none
    assert.equal("x", pipe:read "*l")
    pipe:close()
  end)

  it("returns false when its time is over", function()
    local pipe = io.popen "echo $$; exec sleep 60"
    local pid = pipe:read "*l"
    assert.is_false(homey.poll(pipe, "r", "50 ms"))
    assert.is_false(homey.poll(pipe, "r", 0))
    os.execute("kill " .. pid)
    pipe:close()
  end)

  it("tells whether a socket can be read, written or both", function()
    local client, accepted = connected()
    assert.equal("w", homey.poll(client, "rw"))
    assert.equal("w", homey.poll(client, "w", "5 s"))
    assert.is_false(homey.poll(client, "r", 0.01))
    accepted:send "hello\n"
    assert.equal("r", homey.poll(client))
    assert.equal("rw", homey.poll(client, "rw"))
    client:close()
    accepted:close()
  end)

  it("is answered at the end of a connection", function()
    local client, accepted = connected()
    local task = homey.spawn(homey.poll, client)
    accepted:close()
    assert.equal("r", task:wait())
    assert.equal("closed", select(2, client:receive()))
    client:close()
  end)

  it("accepts a connection of LuaSocket in a task", function()
    local server = assert(socket.bind("127.0.0.1", 0))
    local host, port = server:getsockname()
    local echo = homey.spawn(function()
      homey.poll(server)
      local accepted = server:accept()
      homey.poll(accepted)
      accepted:send(accepted:receive "*l" .. "!\n")
      accepted:close()
    end)
    local client = assert(socket.connect(host, port))
    client:settimeout(0)
    client:send "ping\n"
    homey.poll(client, "r", "10 s")
    assert.equal("ping!", client:receive "*l")
    echo:wait()
    client:close()
    server:close()
  end)

  it("sees what LuaSocket has read already", function()
    local client, accepted = connected()
    accepted:send "one\ntwo\n"
    assert.equal("r", homey.poll(client))
    socket.sleep(0.05)
    assert.equal("one", client:receive "*l")
    assert.equal("r", homey.poll(client, "r", 0))
    assert.equal("two", client:receive "*l")
    client:close()
    accepted:close()
  end)

  it("of one socket is answered in each task", function()
    local client, accepted = connected()
    local before, tasks = sockets(), {}
    for i = 1, 3 do tasks[i] = homey.spawn(homey.poll, client, "r") end
    local late = homey.spawn(homey.poll, client, "r", "50 ms")
    assert.is_false(late:wait())
    accepted:send "x"
    for i = 1, 3 do assert.equal("r", tasks[i]:wait()) end
    assert.equal(before, sockets())
    client:close()
    accepted:close()
  end)

  it("is given up with its task", function()
    local client, accepted = connected()
    local before = sockets()
    local task = homey.spawn(homey.poll, client)
    assert.equal(before + 1, sockets())
    task:cancel()
    assert.equal("cancelled", task.status)
    homey.sleep(0)
    assert.equal(before, sockets())
    client:close()
    accepted:close()
  end)

  it("takes a number, getfd and pollfd", function()
    local client, accepted = connected()
    local fd = client:getfd()
    for _, each in ipairs {
      fd, { getfd = function() return fd end }, { pollfd = fd },
      { pollfd = function() return fd end },
    } do
      assert.equal("w", homey.poll(each, "w"))
    end
    client:close()
    accepted:close()
  end)

  it("is answered at once for a file on a disk and a device", function()
    for _, path in ipairs { "README.md", "/dev/null" } do
      local file = assert(io.open(path))
      assert.equal("r", homey.poll(file))
      file:close()
    end
  end)

  it("refuses anything but an open file", function()
    local client, accepted = connected()
    client:close()
    accepted:close()
    local file = io.open "README.md"
    file:close()
    assert.equal("homey.poll: this file is closed.", refusal(file))
    assert.equal("homey.poll: this socket is closed, or not open yet.", refusal(client))
    assert.equal("homey.poll: the descriptor 999 is not open.", refusal(999))
    assert.matches("takes a file, a socket with getfd or pollfd, or the number", refusal {})
    assert.matches("descriptor, not null", refusal(homey.null))
    assert.matches("not 'x'%.$", refusal "x")
    assert.matches("waits for \"r\", \"w\" or \"rw\", not for 'read'", refusal(0, "read"))
    assert.matches("the timeout of homey.poll takes a time", refusal(0, "r", "soon"))
    assert.matches("takes 3 arguments", refusal(0, "r", 1, 2))
  end)
end)
