--- homey, doing what is measured: ours.lua ADDRESS TOKEN IDS CAFILE STATE_DIR.
--- Reads lines "set N", "parallel N", "list N", "memory 1", and for a hub with a socket "listen 1"
--- or "watch 1", "events N", "resync 1"; answers each with the CPU and wall microseconds it took
--- (memory: kilobytes resident, without and with the devices; resync: from the new connection to
--- the handler of what was missed).
local homey = require "homey"

local address, token, ids_file, cafile, state_dir = ...
local now = require("cqueues").monotime

local home = homey.login {
  address = address, token = token, cafile = cafile, state_dir = state_dir,
}
local first = io.lines(ids_file)()
local selection
local heard, wanted, heard_at = 0, 1, nil

local function resident()
  for line in io.lines "/proc/self/status" do
    local kilobytes = line:match "^VmRSS:%s*(%d+)"
    if kilobytes then return tonumber(kilobytes) end
  end
end

local jobs, whole = {}, {}

function jobs.set() homey.device(first):set("onoff", true) end
function jobs.parallel() selection:set("onoff", true) end
function jobs.list() homey.devices {} end

local function hear_of(subject)
  subject:on("onoff", { own = false }, function()
    heard, heard_at = heard + 1, home.scheduler.core_loop:time()
    if heard >= wanted then homey.stop() end
  end)
  homey.sleep(1) -- the lists are read again once all is subscribed
  assert(homey.connected)
end

function whole.listen() hear_of(homey.device(first)) end
function whole.watch() hear_of(home:devices {}) end

local function hear(n, path)
  heard, wanted = 0, n
  homey.get(path)
  homey.run()
end

function whole.events(n) hear(n, ("/bench/events?device=%s&n=%d"):format(first, n)) end

function whole.resync()
  hear(1, "/bench/drop?device=" .. first)
  return (heard_at * 1000 - homey.get "/bench/accepted") * 1000
end

local function measure(job, n)
  if job == "parallel" then selection = selection or home:devices {} end
  local cpu, wall, took = os.clock(), now(), nil
  if whole[job] then
    took = whole[job](n)
  else
    for _ = 1, n do jobs[job]() end
  end
  print(("%.0f %.0f"):format((os.clock() - cpu) * 1e6, took or (now() - wall) * 1e6))
end

for line in io.lines() do
  local job, n = line:match "^(%a+) (%d+)$"
  if job == "memory" then
    home:zones() -- the connection and the modules count as what is there without devices
    local before = resident()
    selection = home:devices {}
    print(before, resident())
  else
    measure(job, tonumber(n))
  end
  io.flush()
end
