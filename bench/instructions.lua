--- Instructions of a set and of an event, counted by callgrind: instructions.lua DIR [JOB...]
---
--- Each job runs twice, with a different number of repetitions; the difference, divided by the
--- difference of the numbers, is what one repetition costs. Start, login and end cancel out. Kernel
--- time is not counted.
---
--- A first set is a whole process, from start to end: once with the modules that `make install` has
--- compiled, and once with the sources of the checkout.
---
--- `check` instead of jobs compares Lua's share and that of the C core with what was reached: more
--- than BOUND times as much is a failure. Another build of Lua needs another number of instructions
--- for the same program, so the bounds are scaled by what it needs for some plain Lua.
local read_costs = dofile "bench/callgrind.lua"
local sim = require("homey.sim").start()

local FEW, MANY = 100, 900
local FEW_EVENTS, MANY_EVENTS = 300, 1100 -- the first 256 fill the memory of the journal
local BOUND = 1.05
local SLACK = 0.6 -- thousand: Lua seeds its hashes with the time, so no two processes are the same
local PLAIN_LUA = 155 -- what the job `lua` needs with the Lua of the figures below

local dir = arg[1]

--- All figures are in thousand instructions: `goal` is wanted, of everything and of Lua; `reached`
--- is what Lua and the core need.
local rows = {
  { job = "set", what = "a set", goal = { all = 140, lua = 30 },
    reached = { lua = 34.0, core = 5.0 } },
  { job = "journal", what = "a set and its journal on disk",
    reached = { lua = 69.2, core = 5.1 } },
  { job = "socket", what = "a set over the socket, with its echo to a handler",
    goal = { all = 75, lua = 40 }, reached = { lua = 73, core = 10.4 } },
  { job = "silent", what = "a set over the socket, with no event",
    part = { of = "set", most = 1, is_checked = true }, -- else sets should go over HTTP
    reached = { lua = 45.7, core = 7.7 } },
  { job = "event", what = "an event to a handler", goal = { all = 24, lua = 14 },
    reached = { lua = 14, core = 2.5 } },
  { job = "unwanted", what = "an event that no handler wants", part = { of = "event", most = 0.6 },
    reached = { lua = 9.5, core = 2.5 } },
  { job = "first", what = "a first set of a process, as installed", goal = { all = 26000 },
    reached = { lua = 10500, core = 64 } },
  { job = "sources", what = "a first set of a process, in a checkout" },
  { job = "curl", what = "the same PUT by the program curl" },
  { job = "floor", what = "the same PUT by one libcurl handle in C, with the same headers" },
}

-- The first two devices that can be switched and are in reach.
local function choose_devices()
  local ids = {}
  for id, device in pairs(sim:get "home.devices") do
    if device.capabilitiesObj.onoff and device.available ~= false then ids[#ids + 1] = id end
  end
  table.sort(ids)
  return assert(ids[1]), assert(ids[2])
end

local id, other = choose_devices()

-- ---- running ------------------------------------------------------------------------------------

local function quote(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

local gate = dir .. "/gate" -- see instructions_of.lua
assert(os.execute("mkfifo " .. quote(gate)))

local runs = 0

-- A measured process, as a file to read from, and where its costs will be.
local function start(command, input, variables)
  runs = runs + 1
  local out = ("%s/callgrind.%d"):format(dir, runs)
  local valgrind = ("%s%svalgrind --quiet --tool=callgrind --callgrind-out-file=%s %s")
    :format(input and "echo " .. input .. " | " or "", variables or "", quote(out), command)
  return assert(io.popen(valgrind)), out
end

local function lua_command(job, n, ref)
  return ("lua5.4 bench/instructions_of.lua %s %d %s %s %s %s %s %s"):format(job, n,
    quote(sim.pat_options.address), quote(sim.pat_options.token), quote(dir .. "/state"),
    quote(ref or id), quote(other), quote(gate))
end

local function finish(file, out)
  assert(file:close(), "the measured process failed")
  return out
end

local function run(job, n) return finish(start(lua_command(job, n))) end

-- The device is switched n times while the process waits.
local function run_with_events(job, n)
  local value = sim:device(id).capabilitiesObj.onoff.value
  local file, out = start(lua_command(job, n))
  assert(file:read "*l" == "ready", "the measured process did not subscribe")
  for _ = 1, n do
    value = not value
    sim:operate(id, "onoff", value)
  end
  sim:operate(other, "onoff", not sim:device(other).capabilitiesObj.onoff.value)
  assert(io.open(gate, "w")):close()
  return finish(file, out)
end

-- The headers that homey sends besides those of libcurl's own.
local function headers()
  local list = {
    "Accept: application/json", "Content-Type: application/json",
    "X-Homey-ID: " .. sim.hub_id, "Authorization: Bearer " .. sim.pat_options.token,
  }
  for i, each in ipairs(list) do list[i] = quote(each) end
  return table.concat(list, " ")
end

local function run_floor(_, n)
  local file, out = start(("%s/floor %s/api/manager/devices/device/%s/capability/onoff %s %s")
    :format(dir, sim.pat_options.address, id, sim.cafile, headers()), "set " .. n)
  file:read "*a"
  return finish(file, out)
end

-- ---- a whole process ----------------------------------------------------------------------------

local installed

-- The environment of a program that uses the module as `make install` leaves it.
local function of_installed()
  if installed then return installed end
  local prefix = dir .. "/installed"
  assert(os.execute(("make -s install PREFIX=%s LUA=5.4 >%s/log 2>&1"):format(prefix, dir)),
    "make install failed")
  local share, lib = prefix .. "/share/lua/5.4", prefix .. "/lib/lua/5.4"
  installed = ("HOME=%s LUA_PATH='%s/?.lua;%s/?/init.lua' LUA_CPATH='%s/?.so' "):format(dir, share,
    share, lib)
  return installed
end

-- Runs a program twice, since most programs find the files of an earlier one, and reads the costs
-- of the second.
local function run_whole(variables, command)
  finish(start(command, nil, variables))
  local costs = read_costs(finish(start(command, nil, variables)))
  return { all = costs.all / 1000, lua = costs.whole / 1000, core = costs.core / 1000 }
end

local first = ("lua5.4 bench/first.lua %s %s %s"):format(quote(sim.pat_options.address),
  quote(sim.pat_options.token), quote(id))

local whole = {}

function whole.first() return run_whole(of_installed(), first) end

function whole.sources() return run_whole("HOME=" .. quote(dir) .. " ", first) end

function whole.curl()
  return run_whole("", ("curl -sf -o %s/answer -X PUT -H %s -H 'Content-Type: application/json' "
    .. "-d '{\"value\":true}' %s/api/manager/devices/device/%s/capability/onoff"):format(dir,
    quote("Authorization: Bearer " .. sim.pat_options.token), sim.pat_options.address, id))
end

-- ---- a repetition -------------------------------------------------------------------------------

local runners = { event = run_with_events, unwanted = run_with_events, floor = run_floor }

-- The cost of one repetition, in thousand instructions.
local function measure(job)
  if whole[job] then return whole[job]() end
  local runner, few, many = runners[job] or run, FEW, MANY
  if runner == run_with_events then few, many = FEW_EVENTS, MANY_EVENTS end
  local less, more, costs = read_costs(runner(job, few)), read_costs(runner(job, many)), {}
  for name, value in pairs(more) do costs[name] = (value - less[name]) / (many - few) / 1000 end
  return costs
end

-- ---- the table ----------------------------------------------------------------------------------

local measured = {}

local function costs_of(job)
  measured[job] = measured[job] or measure(job)
  return measured[job]
end

local function goal_of(row)
  if row.part then return { all = row.part.most * costs_of(row.part.of).all } end
  return row.goal or {}
end

local function cell(value) return value and ("%.0f"):format(value) or "" end

local function is_reached(costs, goal)
  if not goal.all then return "" end
  local lua = not goal.lua or costs.lua <= goal.lua
  return costs.all <= goal.all and lua and "yes" or "no"
end

local function show_row(row)
  local costs, goal = costs_of(row.job), goal_of(row)
  local is_floor = row.job == "floor" or row.job == "curl"
  print(("| %s | %.1f | %s | %s | %s | %s | %s |"):format(row.what, costs.all,
    is_floor and "" or ("%.1f"):format(costs.lua), is_floor and "" or ("%.1f"):format(costs.core),
    cell(goal.all), cell(goal.lua), is_reached(costs, goal)))
  io.flush()
end

local function row_of(job)
  for _, row in ipairs(rows) do
    if row.job == job then return row end
  end
  error(("there is no job '%s'"):format(job), 0)
end

local function show_table(jobs)
  print("| thousand instructions | all | of which Lua | of which the core | goal | of it Lua "
    .. "| reached |")
  print "|---|---|---|---|---|---|---|"
  for _, job in ipairs(jobs) do show_row(row_of(job)) end
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

-- ---- the check ----------------------------------------------------------------------------------

-- How many instructions this build of Lua needs, compared with that of the figures.
local function scale_of_lua()
  local scale = costs_of("lua").all / PLAIN_LUA
  if math.abs(scale - 1) < 0.02 then return 1 end -- the same build
  return scale
end

local function check_row(row, scale)
  local costs, good = costs_of(row.job), true
  for _, share in ipairs { "lua", "core" } do
    local most = row.reached[share] * BOUND * (share == "lua" and scale or 1) + SLACK
    local is_good = costs[share] <= most
    good = good and is_good
    print(("%s %s, %s: %.1f thousand instructions, at most %.1f"):format(is_good and "ok" or "FAIL",
      row.what, share, costs[share], most))
  end
  return good
end

local function check_part(row)
  local part, costs = row.part, costs_of(row.job)
  local most = part.most * costs_of(part.of).all
  local is_good = costs.all <= most
  print(("%s %s, all: %.1f thousand instructions, at most %.1f"):format(is_good and "ok" or "FAIL",
    row.what, costs.all, most))
  return is_good
end

local function check()
  local scale, good = scale_of_lua(), true
  print(("plain Lua: %.1f thousand instructions, scale %.2f"):format(costs_of("lua").all, scale))
  for _, row in ipairs(rows) do
    if row.reached then good = check_row(row, scale) and good end
    if row.part and row.part.is_checked then good = check_part(row) and good end
  end
  return good
end

local good = true
local jobs = { table.unpack(arg, 2) }
if jobs[1] == "check" then
  good = check()
elseif jobs[1] == "files" then
  show_files()
else
  if #jobs == 0 then
    for i, row in ipairs(rows) do jobs[i] = row.job end
    show_files()
  end
  show_table(jobs)
end
sim:stop()
if not good then os.exit(1) end
