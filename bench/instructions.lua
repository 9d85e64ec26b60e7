--- Instructions of a set and of an event, counted by callgrind: instructions.lua DIR JOB...
---
--- Each job runs twice, with a different number of repetitions; the difference, divided by the
--- difference of the numbers, is what one repetition costs. Start, login and end cancel out. Kernel
--- time is not counted. The jobs:
---   files    how many Lua files have been read after a first set
---   set      device:set("onoff", ...) without a state_dir: nothing is written
---   journal  the same with a state_dir: each set goes to the journal on disk as well
---   event    a value of a device, from the socket to a handler
---   floor    the same PUT as a set, by one libcurl handle in C
---
--- Lua's share is the inclusive cost of the whole, minus the inclusive cost of each call from Lua
--- or its binding (the object lua5.4, sources in src/lua) into src/core or another library, plus
--- that of each call back. So the C library's functions (malloc, memcpy) belong to whoever calls
--- them.
local FEW, MANY = 100, 600

local dir = arg[1]

-- ---- the measured process: instructions.lua --child JOB N ADDRESS TOKEN STATE_DIR DEVICE --------

local child = {}

function child.set(homey, id, n)
  local device = homey.device(id)
  for i = 1, n do device:set("onoff", i % 2 == 0) end
end

function child.event(homey, id, n)
  local heard = 0
  homey.device(id):on("onoff", function()
    heard = heard + 1
    if heard >= n then homey.stop() end
  end)
  homey.sleep(1) -- the lists are read again once everything is subscribed
  print "ready"
  io.flush()
  homey.run()
end

child.journal = child.set

local function loaded_files()
  local names = {}
  for name in pairs(package.loaded) do
    if name:find "^homey" and package.searchpath(name, package.path) then
      names[#names + 1] = name
    end
  end
  return names
end

function child.files(homey, ref)
  child.set(homey, ref, 1)
  print(#loaded_files())
end

if dir == "--child" then
  local job, n, address, token, state_dir, id = table.unpack(arg, 2)
  local homey = require "homey"
  homey.login { address = address, token = token, state_dir = job == "journal" and state_dir }
  child[job](homey, id, tonumber(n))
  return
end

-- ---- reading callgrind's output -----------------------------------------------------------------

local function group_of(object, file)
  if object:find "/lua5%.4$" or object:find "liblua5%.4" then return "lua" end
  if object:find "homey/core%.so" then return file:find "src/lua/" and "lua" or "other" end
  if object:find "/libc%." or object:find "/ld%-" or object:find "/libm%." or object == "" then
    return "system"
  end
  return "other"
end

-- Names are compressed: "(12) name" defines a number, "(12)" refers to it.
local function name_of(names, text)
  local number, name = text:match "^(%(%d+%))%s*(.*)$"
  if not number then return text end
  if name ~= "" then names[number] = name end
  return names[number]
end

-- The total and Lua's share of it.
local function read_costs(path)
  local objects, files, functions = {}, {}, {}
  local object, file, called_object, called_file, own, total, lua = "", "", nil, nil, "system", 0, 0
  local is_call = false
  for line in io.lines(path) do
    local key, value = line:match "^(%l+)=(.*)$"
    if key == "ob" then
      object = name_of(objects, value)
    elseif key == "fl" then
      file = name_of(files, value)
    elseif key == "fn" then
      name_of(functions, value)
      own, called_object, called_file = group_of(object, file), nil, nil
    elseif key == "cob" then
      called_object = name_of(objects, value)
    elseif key == "cfi" or key == "cfl" then
      called_file = name_of(files, value)
    elseif key == "cfn" then
      name_of(functions, value)
    elseif key == "fi" or key == "fe" then
      -- of an inlined function: the cost stays with the one that it was inlined into
      name_of(files, value)
    elseif key == "calls" then
      is_call = true
    elseif line:find "^[%d+*-]" then
      local cost = tonumber(line:match "^%S+ (%d+)") or 0
      if is_call then
        local callee = group_of(called_object or object, called_file or file)
        if own == "lua" and callee == "other" then lua = lua - cost end
        if own == "other" and callee == "lua" then lua = lua + cost end
        is_call, called_object, called_file = false, nil, nil
      else
        total = total + cost
      end
    end
  end
  return total, total + lua
end

-- ---- running ------------------------------------------------------------------------------------

local sim = require("homey.sim").start()
-- The first device that can be switched and is in reach.
local function choose_device()
  local ids = {}
  for id, device in pairs(sim:get "home.devices") do
    if device.capabilitiesObj.onoff and device.available ~= false then ids[#ids + 1] = id end
  end
  table.sort(ids)
  return assert(ids[1])
end

local id = choose_device()

local function quote(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

local runs = 0

-- A measured process, as a file to read from, and where its costs will be.
local function start(command)
  runs = runs + 1
  local out = ("%s/callgrind.%d"):format(dir, runs)
  local valgrind = ("valgrind --quiet --tool=callgrind --callgrind-out-file=%s %s")
    :format(quote(out), command)
  return assert(io.popen(valgrind)), out
end

local function lua_command(job, n, ref)
  return ("lua5.4 bench/instructions.lua --child %s %d %s %s %s %s"):format(job, n,
    quote(sim.pat_options.address), quote(sim.pat_options.token), quote(dir .. "/state"),
    quote(ref or id))
end

local jobs = {}

local function run(job, n)
  local file, out = start(lua_command(job, n))
  assert(file:close(), "the measured process failed")
  return out
end

function jobs.set(n) return run("set", n) end

function jobs.journal(n) return run("journal", n) end

function jobs.event(n)
  local value = sim:device(id).capabilitiesObj.onoff.value
  local file, out = start(lua_command("event", n))
  assert(file:read "*l" == "ready", "the measured process did not subscribe")
  for _ = 1, n do
    value = not value
    sim:operate(id, "onoff", value)
  end
  assert(file:close(), "the measured process failed")
  return out
end

-- The headers that homey sends besides those of libcurl's own.
local function headers()
  local list = {
    "Accept: application/json", "Accept-Language: en-us", "Connection: keep-alive",
    "Origin: anyname://authorize", "Referer: anyname://authorize", "Content-Type: application/json",
    "X-Homey-ID: " .. sim.hub_id, "Authorization: Bearer " .. sim.pat_options.token,
  }
  for i, each in ipairs(list) do list[i] = quote(each) end
  return table.concat(list, " ")
end

function jobs.floor(n)
  local out = ("%s/callgrind.floor.%d"):format(dir, n)
  local command = ("echo set %d | valgrind --quiet --tool=callgrind --callgrind-out-file=%s "
    .. "%s/floor %s/api/manager/devices/device/%s/capability/onoff %s %s")
    :format(n, quote(out), dir, sim.pat_options.address, id, sim.cafile, headers())
  local file = assert(io.popen(command))
  file:read "*a"
  assert(file:close(), "the bare libcurl handle failed")
  return out
end

local function difference(job)
  local few_total, few_lua = read_costs(jobs[job](FEW))
  local many_total, many_lua = read_costs(jobs[job](MANY))
  local n = (MANY - FEW) * 1000
  return (many_total - few_total) / n, (many_lua - few_lua) / n
end

local sentences = {
  set = "a set: %.1f thousand instructions, of which Lua %.1f",
  journal = "a set and its journal on disk: %.1f thousand instructions, of which Lua %.1f",
  event = "an event to a handler: %.1f thousand instructions, of which Lua %.1f",
  floor = "the same PUT by a bare libcurl handle: %.1f thousand instructions",
}

local function show_difference(job)
  print(sentences[job]:format(difference(job)))
end

local function count_files(ref)
  local file = assert(io.popen(lua_command("files", 1, ref)))
  local count = file:read "*n"
  assert(file:close(), "the measured process failed")
  return count
end

local function show_files()
  local zone = sim:get("home.zones")[sim:device(id).zone].name
  print(("Lua files read by a first set: %d for a device by its id, %d by its name")
    :format(count_files(id), count_files(zone .. "/" .. sim:device(id).name)))
end

for _, name in ipairs(arg[2] and { table.unpack(arg, 2) }
  or { "files", "set", "journal", "event", "floor" }) do
  if name == "files" then show_files() else show_difference(name) end
  io.flush()
end
sim:stop()
