--- A real broker: mosquitto_sub is read and mosquitto_pub is written to through their pipes, in
--- tasks, while a socket of LuaSocket speaks to the same broker.
local homey = require "homey"
local socket = require "socket"

local broker_pid, port, folder

local function free_port()
  local probe = assert(socket.bind("127.0.0.1", 0))
  local number = select(2, probe:getsockname())
  probe:close()
  return number
end

local function is_up()
  local client = socket.connect("127.0.0.1", port)
  if client then client:close() end
  return client ~= nil
end

-- Begins a program whose first line is its process id. Returns its pipe, its lines and that id.
local function begin(command)
  local pipe = io.popen("echo $$; exec " .. command .. " 2>&1")
  local next_line = homey.lines(pipe)
  return pipe, next_line, next_line()
end

local function stop(pid)
  os.execute("kill " .. pid)
end

setup(function()
  port, folder = free_port(), os.tmpname()
  local file = assert(io.open(folder, "w"))
  file:write(("listener %d 127.0.0.1\nallow_anonymous true\npersistence false\n"):format(port))
  file:close()
  local pipe = io.popen(("PATH=$PATH:/usr/sbin; mosquitto -c %s >%s.log 2>&1 & echo $!")
    :format(folder, folder))
  broker_pid = pipe:read "*l"
  pipe:close()
  for _ = 1, 600 do
    if is_up() then return end
    socket.sleep(0.05)
  end
  error(io.open(folder .. ".log"):read "*a")
end)

teardown(function()
  stop(broker_pid)
  while is_up() do socket.sleep(0.05) end
  os.remove(folder)
  os.remove(folder .. ".log")
end)

local function client(name, options)
  return ("%s -h 127.0.0.1 -p %d %s"):format(name, port, options)
end

-- The bytes of MQTT 3.1.1: connect, and a message with QoS 0.
local function connect_packet(id)
  local body = "\0\4MQTT\4\2\0\60\0" .. string.char(#id) .. id
  return "\16" .. string.char(#body) .. body
end

local function publish_packet(topic, text)
  return "\48" .. string.char(2 + #topic + #text) .. "\0" .. string.char(#topic) .. topic .. text
end

describe("a broker", function()
  it("is heard by the pipe of mosquitto_sub and told by that of mosquitto_pub", function()
    local sub, next_line, pid = begin(client("mosquitto_sub", "-v -t door/# -t ready"))
    local pub = io.popen(client("mosquitto_pub", "-l -t door/front"), "w")
    local heard, ready = {}, homey.promise()
    local reader = homey.spawn(function()
      local line = next_line()
      while line do
        if line == "ready yes" then ready:resolve() end
        if line:find "^door" then heard[#heard + 1] = line end
        if #heard == 3 then return end
        line = next_line()
      end
    end)
    local announcer = homey.spawn(function() -- until the subscription is there
      while ready.status == "pending" do
        os.execute(client("mosquitto_pub", "-t ready -m yes"))
        homey.sleep "50 ms"
      end
    end)
    ready:wait "30 s"
    announcer:wait()
    for _, text in ipairs { "open", "closed", "open again" } do
      assert.equal("w", homey.poll(pub, "w", "10 s"))
      pub:write(text, "\n")
      pub:flush()
    end
    reader:wait()
    assert.same({ "door/front open", "door/front closed", "door/front open again" }, heard)
    stop(pid)
    assert.is_nil(next_line())
    sub:close()
    pub:close()
  end)

  it("speaks to a socket of LuaSocket in a task", function()
    local speaker = assert(socket.connect("127.0.0.1", port))
    speaker:settimeout(0)
    local task = homey.spawn(function()
      speaker:send(connect_packet "homey")
      assert.equal("r", homey.poll(speaker, "r", "10 s"))
      return speaker:receive(4)
    end)
    assert.equal("\32\2\0\0", task:wait()) -- accepted
    local sub, next_line, pid = begin(client("mosquitto_sub", "-t hall"))
    local heard = false
    local teller = homey.spawn(function() -- again and again, until the subscription is there
      while not heard do
        speaker:send(publish_packet("hall", "22.5"))
        homey.sleep "50 ms"
      end
    end)
    local line = next_line()
    heard = true
    assert.equal("22.5", line)
    teller:wait()
    stop(pid)
    repeat line = next_line() until not line
    sub:close()
    speaker:close()
  end)
end)
