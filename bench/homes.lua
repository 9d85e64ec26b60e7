--- Many homes in one process: homes.lua JOB ADDRESS CAFILE ARGUMENT...
---   idle SECONDS N...
---       each connected, subscribed and idle, for each N in ascending order: a line with N, bytes
---       of memory a home, thousandths of a wake-up and microseconds of CPU a second, measured over
---       so many seconds
---   events N KIND RATE
---       N homes, told by the first digit of their keys; for each line "rain COUNT" of the input
---       they get so many events, RATE in a second; answers with microseconds of CPU and of time
---   login N ACCOUNTS API
---       that many log in at once by e-mail and password: milliseconds until all are in, kilobytes
---       of memory at the peak, most connections to the cloud
---   loss N SECONDS
---       that many lose their hub, which is away for so long: milliseconds from its return until
---       all are back, most connections that came in one second
local homey = require "homey"
local now = require("cqueues").monotime

local job, address, cafile = ...
local arguments = { select(4, ...) }
local homes = {}
local EMPTY = "00000000" -- how an API key begins for which hub.js has nothing

local function status(name)
  for line in io.lines "/proc/self/status" do
    local figure = line:match("^" .. name .. ":%s*(%d+)")
    if figure then return tonumber(figure) end
  end
end

local function add(i, kind)
  homes[i] = homey.login {
    address = address, cafile = cafile, state_dir = false,
    token = ("%s-%04x-4000-8000-000000000000:00000000-0000-4000-8000-000000000000:%040x")
      :format(kind, i, i),
  }
  return homes[i]
end

local function is_connected()
  for _, home in ipairs(homes) do
    if not home.connected then return false end
  end
  return true
end

local function connect(count)
  for i = #homes + 1, count do add(i, EMPTY):on("device.create", function() end) end
  repeat homey.sleep(1) until is_connected()
  homey.sleep(3) -- whatever connecting has left to do
end

local function ask(what)
  return homey.fetch(address .. "/bench/" .. what, { cafile = cafile }).body
end

-- A second collection frees what the finalizers of the first have released.
local function resident()
  collectgarbage()
  collectgarbage()
  return status "VmRSS" * 1024
end

local jobs = {}

function jobs.idle(seconds, ...)
  local empty = resident()
  for _, count in ipairs { ... } do
    connect(tonumber(count))
    local memory = (resident() - empty) / #homes
    local woken, cpu, began = status "voluntary_ctxt_switches", os.clock(), now()
    homey.sleep(tonumber(seconds))
    cpu, woken = os.clock() - cpu, status "voluntary_ctxt_switches" - woken
    local took = now() - began
    print(("%d %.0f %.0f %.0f"):format(#homes, memory, woken * 1000 / took, cpu * 1e6 / took))
  end
end

-- Pings are as rare as with a real hub, from now on: the hub ends connections that do not ping.
function jobs.events(count, kind, rate)
  local heard = 0
  ask "ping?ms=25000"
  for i = 1, count do
    add(i, tostring(kind):rep(8)):devices()[1]:on("onoff", { own = false }, function()
      heard = heard + 1
    end)
  end
  repeat homey.sleep(1) until is_connected()
  for line in io.lines() do
    local most = tonumber(line:match "%d+")
    local cpu, began = os.clock(), now()
    heard = 0
    ask(("rain?kind=%d&rate=%d&count=%d"):format(kind, rate, most))
    repeat homey.sleep(0.25) until heard >= most or now() - began > 120
    assert(heard == most, "events are missing")
    print(("%.0f %.0f"):format((os.clock() - cpu) * 1e6, (now() - began) * 1e6))
    io.flush()
  end
end

function jobs.login(count, accounts, api)
  local began, tasks = now(), {}
  for i = 1, count do
    tasks[i] = homey.spawn(function()
      homes[i] = homey.login {
        address = address, cafile = cafile, state_dir = false, email = "a@b.c", password = "secret",
        endpoints = { accounts = accounts, api = api }, plain_http = "allow",
      }
    end)
  end
  for _, task in ipairs(tasks) do task:wait() end
  print(("%.0f %d %s"):format((now() - began) * 1000, status "VmHWM", ask "cloud"))
end

function jobs.loss(count, seconds)
  connect(count)
  ask(("away?ms=%d"):format(seconds * 1000))
  homey.sleep(seconds)
  local began = now()
  repeat homey.sleep(0.1) until is_connected()
  print(("%.0f %s"):format((now() - began) * 1000, ask "most"))
end

for i, each in ipairs(arguments) do arguments[i] = tonumber(each) or each end
jobs[job](table.unpack(arguments))
