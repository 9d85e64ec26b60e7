--- homey.lines over the C core: pipes and sockets.
local homey = require "homey"
local socket = require "socket"

local plain51 = _VERSION == "Lua 5.1" and not rawget(_G, "jit")

local function all(file, options)
  local list = {}
  for line in homey.lines(file, options) do list[#list + 1] = line end
  return list
end

local function of(command, options)
  local pipe = io.popen(command)
  local list = all(pipe, options)
  pipe:close()
  return list
end

describe("the lines of a pipe", function()
  it("come without their line breaks, the last one too", function()
    assert.same({ "one", "", "two", "three" }, of [[printf 'one\n\ntwo\r\nthree']])
    assert.same({}, of "true")
  end)

  it("are put together from pieces", function()
    assert.same({ "abc", "def" }, of [[printf a; sleep 0.05; printf 'bc\nd'; sleep 0.05; echo ef]])
  end)

  it("are many, and long", function()
    local lines = of "seq 20000"
    assert.equal(20000, #lines)
    assert.equal("20000", lines[20000])
    assert.equal(300000, #of("head -c 300000 /dev/zero | tr '\\0' x")[1])
  end)

  -- A command that waits until there is a file, and a function that makes it.
  local function held(command)
    local flag = os.tmpname()
    os.remove(flag)
    return ("while ! test -e %s; do sleep 0.02; done; rm %s; %s"):format(flag, flag, command),
      function() assert(io.open(flag, "w")):close() end
  end

  it("let other tasks run meanwhile", function()
    local log = {}
    local function read(name, command)
      local pipe = io.popen(command)
      local next_line = homey.lines(pipe) -- Lua 5.1 cannot yield in the iterator of a `for`
      local line = next_line()
      while line do
        log[#log + 1] = name .. line
        line = next_line()
      end
      pipe:close()
    end
    local command, release = held "seq 2"
    local slow = homey.spawn(read, "slow", command)
    local fast = homey.spawn(read, "fast", "echo 1; sleep 0.05; echo 2")
    fast:wait()
    release()
    slow:wait()
    assert.same({ "fast1", "fast2", "slow1", "slow2" }, log)
  end)

  it("may be read by a `for` in a task", function()
    local command, release = held "echo x"
    homey.spawn(function()
      for _ = 1, 3 do homey.sleep "20 ms" end
      release()
    end)
    local task = homey.spawn(of, command)
    assert.equal(plain51 and "done" or "waiting", task.status) -- 5.1 runs the loop inside
    assert.same({ "x" }, task:wait())
  end)

  it("have a longest length", function()
    local commands = { "printf '12345\\n123456\\n'", "printf '12345\\n123456'; sleep 0.1" }
    for _, command in ipairs(commands) do
      local pipe = io.popen(command)
      local next_line = homey.lines(pipe, { max = 5 })
      assert.equal("12345", next_line())
      local _, err = homey.try(next_line)
      assert.equal("protocol", err.kind)
      assert.equal("homey.lines: a line is longer than 5 bytes. Raise `max`, or check what is "
        .. "read.", err.message)
      assert.is_nil(next_line())
      pipe:close()
    end
  end)

  it("keep the pipe open", function()
    local next_line = homey.lines(io.popen "sleep 0.1; echo kept")
    collectgarbage()
    collectgarbage()
    assert.equal("kept", next_line())
  end)
end)

describe("the lines of a socket", function()
  local function connected()
    local server = assert(socket.bind("127.0.0.1", 0))
    local client = assert(socket.connect("127.0.0.1", (select(2, server:getsockname()))))
    local accepted = assert(server:accept())
    server:close()
    return client, accepted
  end

  it("are read from LuaSocket", function()
    local client, accepted = connected()
    accepted:send "HELO\r\nrest"
    accepted:close()
    assert.same({ "HELO", "rest" }, homey.spawn(all, client):wait())
    client:close()
  end)

  it("are refused when LuaSocket has read some of them", function()
    local client, accepted = connected()
    accepted:send "one\ntwo\n"
    socket.sleep(0.05)
    client:receive "*l"
    local _, err = homey.try(homey.lines, client)
    assert.matches("has read data that it has not returned", err.message)
    client:close()
    accepted:close()
  end)

  it("end with an error when the socket is closed here", function()
    local client, accepted = connected()
    local next_line = homey.lines(client)
    client:close()
    local _, err = homey.try(next_line)
    assert.equal("invalid", err.kind)
    assert.matches("this socket is closed", err.message)
    accepted:close()
  end)
end)

describe("homey.lines", function()
  it("refuses what it cannot read, by name", function()
    local _, err = homey.try(homey.lines, "README.md")
    assert.matches("^homey.lines takes a file, a socket", err.message)
    _, err = homey.try(homey.lines, io.stdin, { most = 1 })
    assert.matches("homey.lines has no option 'most'", err.message)
    local folder = io.open "spec"
    _, err = homey.try(homey.lines(folder))
    assert.equal("homey.lines cannot read from this: Is a directory.", err.message)
    folder:close()
  end)
end)
