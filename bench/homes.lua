--- Many homes in one process, each connected, subscribed and idle: homes.lua ADDRESS CAFILE SECONDS
--- N... For each N, in ascending order, it answers with a line: N, bytes of memory a home,
--- thousandths of a wake-up and microseconds of CPU a second, measured over so many seconds.
local homey = require "homey"

local address, cafile, seconds = ...
local counts = { select(4, ...) }
local homes = {}

local function status(name)
  for line in io.lines "/proc/self/status" do
    local figure = line:match("^" .. name .. ":%s*(%d+)")
    if figure then return tonumber(figure) end
  end
end

-- By an API key of a home that has nothing in it.
local function add(i)
  local home = homey.login {
    address = address, cafile = cafile, state_dir = false,
    token = ("00000000-%04x-4000-8000-000000000000:00000000-0000-4000-8000-000000000000:%040x")
      :format(i, i),
  }
  home:on("device.create", function() end)
  homes[i] = home
end

local function are_connected()
  for _, home in ipairs(homes) do
    if not home.connected then return false end
  end
  return true
end

-- Garbage that a collection leaves to finalizers goes with the next.
local function resident()
  collectgarbage()
  collectgarbage()
  return status "VmRSS" * 1024
end

local empty = resident()
for _, count in ipairs(counts) do
  for i = #homes + 1, tonumber(count) do add(i) end
  repeat homey.sleep(1) until are_connected()
  homey.sleep(3) -- whatever connecting has left to do
  local memory = (resident() - empty) / #homes
  local woken, cpu, began = status "voluntary_ctxt_switches", os.clock(),
    homes[1].scheduler.core_loop:now()
  homey.sleep(tonumber(seconds))
  cpu, woken = os.clock() - cpu, status "voluntary_ctxt_switches" - woken
  local took = homes[1].scheduler.core_loop:now() - began
  print(("%d %.0f %.0f %.0f"):format(#homes, memory, woken * 1000 / took, cpu * 1e6 / took))
end
