--- Runs the contestants in turn and prints the table of ratios:
---   compare.lua DIR PORT TLS_PORT IDLE_PORT LIVE_PORT LIVE_TLS_PORT ACCOUNTS_PORT API_PORT
---     VENDOR_DIR MODULE [quick]
--- Each contestant is a process that waits for lines on its input and answers with the CPU and wall
--- microseconds that a job took. In every round they take turns, and what counts is the median of
--- the rounds' ratios: what the machine does meanwhile hits both.
local dir, port, tls_port, idle_port, live_port, live_tls_port, accounts_port, api_port,
  vendor_dir, module, mode = ...
local quick = mode == "quick"

local TOKEN = "01234567-89ab-cdef-0123-456789abcdef:fedcba98-7654-3210-fedc-ba9876543210:"
  .. "0123456789abcdef0123456789abcdef01234567"
local CPU, WALL = 1, 2
local ids_file, cafile = dir .. "/ids", dir .. "/ca.crt"
local first_id = io.lines(ids_file)()
local set_path = ("/api/manager/devices/device/%s/capability/onoff"):format(first_id)

local headers = { -- what homey sends besides User-Agent
  "Accept: application/json", "Content-Type: application/json",
  "X-Homey-ID: 4c8e1f7a90b25d36e8f10c47",
  "Authorization: Bearer " .. TOKEN,
}

local function shell(...)
  local words = { ... }
  for i, word in ipairs(words) do words[i] = "'" .. tostring(word):gsub("'", "'\\''") .. "'" end
  return table.concat(words, " ")
end

local function output(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read "a"
  assert(pipe:close(), command .. " failed")
  return text
end

local function median(list)
  table.sort(list)
  local middle = #list // 2
  return #list % 2 == 1 and list[middle + 1] or (list[middle] + list[middle + 1]) / 2
end

-- ---- contestants --------------------------------------------------------------------------------

local Contestant = {}
Contestant.__index = Contestant
local started = 0

local function contestant(name, ...)
  started = started + 1
  local fifo = ("%s/answers%d"):format(dir, started)
  output(shell("mkfifo", fifo))
  -- closed, it ends the contestant
  local questions = assert(io.popen(("exec %s >%s"):format(shell(...), fifo), "w"))
  return setmetatable({ name = name, questions = questions, answers = assert(io.open(fifo)) },
    Contestant)
end

--- CPU and wall microseconds of one out of `n` times of a job.
function Contestant:does(job, n)
  self.questions:write(job, " ", n, "\n")
  self.questions:flush()
  local cpu, wall = (self.answers:read "l" or ""):match "^(%d+)%s+(%d+)$"
  if not cpu then error(("%s could not do: %s"):format(self.name, job), 0) end
  return { cpu / n, wall / n }
end

function Contestant:ends()
  self.questions:close()
  self.answers:close()
end

local function url(scheme, at) return ("%s://127.0.0.1:%s"):format(scheme, at) end

local function floor(address)
  return contestant("libcurl", dir .. "/floor", address .. set_path, cafile, table.unpack(headers))
end

local function ours(address, store)
  return contestant("homey", "lua5.4", "bench/ours.lua", address, TOKEN, ids_file, cafile,
    dir .. "/" .. store)
end

local vendor_script = output("pwd"):gsub("\n", "") .. "/bench/vendor.js"
local function vendor_command(address, ...)
  return "env", "-C", vendor_dir, "NODE_EXTRA_CA_CERTS=" .. cafile, "node", vendor_script, address,
    TOKEN, ids_file, ...
end

local function vendor(address) return contestant("homey-api", vendor_command(address)) end
local function decoder(name)
  return contestant(name, "lua5.4", "bench/decode.lua", dir .. "/devices.json", name)
end

-- ---- rows ---------------------------------------------------------------------------------------

local rows = {}

--- Notes a row: figures of ours and of a rival, round by round. `at_most` limits ours / rival,
--- `at_least` rival / ours.
local function row(what, unit, mine, rival, theirs, target)
  local ratios = {}
  for i, each in ipairs(mine) do
    ratios[i] = target.at_most and each / theirs[i] or theirs[i] / each
  end
  rows[#rows + 1] = {
    what = what, ours = median(mine), rival = rival, theirs = median(theirs), unit = unit,
    ratio = median(ratios),
    target = target,
  }
end

local function size_row(what, unit, value, limit)
  rows[#rows + 1] = { what = what, ours = value, unit = unit, size = limit }
end

local function some(n) return quick and math.max(1, n // 10) or n end

local function note(figures, i, took)
  figures[i] = figures[i] or { {}, {} }
  table.insert(figures[i][CPU], took[CPU])
  table.insert(figures[i][WALL], took[WALL])
end

--- The figures of contestants that take turns at a job, `n[i]` times each, after as much to warm
--- up.
local function steady(job, n, rounds, contestants, pause)
  local figures = {}
  for round = 0, quick and 3 or rounds do
    for i, each in ipairs(contestants) do
      if pause then os.execute(pause) end
      local took = each:does(job, n[i])
      if round > 0 then note(figures, i, took) end
    end
  end
  return figures
end

--- The same with new processes in every round, each of which has done the job but once before.
local function early(job, n, rounds, makers)
  local figures = {}
  for _ = 1, quick and 3 or rounds do
    for i, make in ipairs(makers) do
      local each = make()
      each:does(job, 1)
      note(figures, i, each:does(job, n[i]))
      each:ends()
    end
  end
  return figures
end

local function sets(how, mine, rival, theirs, makers, most)
  local n = { some(1000), some(1000), some(300) }
  local f = steady("set", n, 15, { mine, rival, theirs })
  local e = early("set", { 300, 300 }, 7, makers)
  row(("a set, %s: CPU"):format(how), "us", f[1][CPU], "libcurl", f[2][CPU], { at_most = most })
  row(("a set, %s, early: CPU"):format(how), "us", e[1][CPU], "homey-api", e[2][CPU],
    { at_least = 10 })
  row(("a set, %s, steady: CPU"):format(how), "us", f[1][CPU], "homey-api", f[3][CPU],
    { at_least = 8 })
end

local function parallel_rows(how, f, target)
  row(("200 sets at once%s: time"):format(how), "us", f[1][WALL], "homey-api", f[2][WALL], target)
  row(("200 sets at once%s: CPU"):format(how), "us", f[1][CPU], "homey-api", f[2][CPU], target)
end

local function parallel(how, mine, theirs, makers)
  parallel_rows(how .. ", early", early("parallel", { 1, 1 }, 9, makers), { at_least = 10 })
  parallel_rows(how .. ", steady",
    steady("parallel", { some(10), some(10) }, 9, { mine, theirs }), { at_least = 4 })
end

local function lists(mine, theirs, makers)
  local d = steady("decode", { some(20), some(20), some(20) }, 15, { decoder "homey.core",
    decoder "cjson", contestant("node", "node", "bench/decode.js", dir .. "/devices.json") })
  row("200 devices from JSON: CPU", "us", d[1][CPU], "lua-cjson", d[2][CPU], { at_most = 0.45 })
  row("200 devices from JSON: CPU", "us", d[1][CPU], "JSON.parse", d[3][CPU], { at_most = 1 })
  local e = early("list", { 2, 2 }, 7, makers)
  row("200 devices read, early: CPU", "us", e[1][CPU], "homey-api", e[2][CPU], { at_most = 1 / 3 })
  local f = steady("list", { some(10), some(10) }, 9, { mine, theirs })
  row("200 devices read, steady: CPU", "us", f[1][CPU], "homey-api", f[2][CPU], { at_most = 1 / 3 })
end

local function columns(text, count)
  local figures = {}
  for i = 1, count do figures[i] = {} end
  for line in text:gmatch "[^\n]+" do
    local i = 0
    for figure in line:gmatch "%d+" do
      i = i + 1
      table.insert(figures[i], tonumber(figure))
    end
  end
  return figures
end

local function name_of(id)
  local function read(file)
    return require("homey.core").decode(assert(io.open(dir .. "/" .. file)):read "a")
  end
  local device = read("device/" .. id .. ".json")
  return read("zones.json")[device.zone].name .. "/" .. device.name
end

-- The installed command sets a device by its name, with an index that it has just written; curl
-- does that one PUT with the id in hand.
local function command_row(address, curl)
  local env = { "env", "HOMEY_STATE_DIR=" .. dir .. "/index", "HOMEY_CAFILE=" .. cafile,
    "HOMEY_ADDRESS=" .. address, "HOMEY_TOKEN=" .. TOKEN, dir .. "/installed/bin/homey" }
  local ours, theirs, rounds = {}, {}, quick and 1 or 8
  for _ = 1, rounds do -- an index is believed for a minute
    output(shell(table.unpack(env)) .. " devices")
    local f = columns(output(table.concat({
      shell(dir .. "/launch", quick and "3" or "11"), shell(",", table.unpack(env)),
      shell("set", name_of(first_id), "onoff", "true"), shell(",", "env", table.unpack(curl)),
    }, " ")), 2)
    table.move(f[1], 1, #f[1], #ours + 1, ours)
    table.move(f[2], 1, #f[2], #theirs + 1, theirs)
  end
  row("homey set by name, with an index: time", "us", ours, "curl", theirs, { at_most = 1.5 })
end

local function fresh(address)
  local script = ("local h = require 'homey' h.login() h.device('%s'):set('onoff', true)")
    :format(first_id)
  local words = { "curl", "-s", "-f", "--cacert", cafile, "-X", "PUT", "-d", '{"value":true}' }
  for _, header in ipairs(headers) do table.insert(words, "-H" .. header) end
  table.insert(words, address .. set_path)
  local f = columns(output(table.concat({
    shell(dir .. "/launch", quick and "3" or "41"),
    shell(",", "env", "HOMEY_STATE_DIR=" .. dir .. "/tls", "HOMEY_CAFILE=" .. cafile, "lua5.4",
      "-e", script),
    shell(",", "env", table.unpack(words)),
    shell(",", vendor_command(address, "once")),
  }, " ")), 3)
  command_row(address, words)
  row("first set of a process, TLS: time", "us", f[1], "curl", f[2], { at_most = 1.3 })
  row("first set of a process, TLS: time", "us", f[1], "homey-api", f[3], { at_most = 0.1 })
end

-- ---- over the socket ----------------------------------------------------------------------------

local function listening(each)
  each:does("listen", 1)
  return each
end

local function live_rows(how, events, set, most)
  row(("an event, %s: CPU"):format(how), "us", events[1][CPU], "homey-api", events[2][CPU],
    { at_most = most })
  row(("a set over the socket, %s: CPU"):format(how), "us", set[1][CPU], "homey-api", set[2][CPU],
    { at_least = 10 })
end

local function live(how, address, store)
  local makers = {
    function() return listening(ours(address, store)) end, function()
      return listening(vendor(address))
    end,
  }
  live_rows(how .. ", early", early("events", { 300, 300 }, 5, makers),
    early("set", { 300, 300 }, 5, makers), 0.12)
  local both = { makers[1](), makers[2]() }
  live_rows(how .. ", steady", steady("events", { some(4000), some(4000) }, 15, both),
    steady("set", { some(1000), some(300) }, 15, both), 0.6)
  parallel(" over the socket, " .. how, both[1], both[2], makers)
  for _, each in ipairs(both) do each:ends() end
end

local function resync(how, address, store)
  local mine = ours(address, store)
  mine:does("watch", 1)
  local took = steady("resync", { 1 }, 7, { mine })
  size_row(("200 devices read after a gap, %s: time"):format(how), "ms",
    median(took[1][WALL]) / 1000, 100)
  mine:ends()
end

local function homes(job, address, ...)
  return output(shell("lua5.4", "bench/homes.lua", job, address, cafile, ...))
end

local homes_count = quick and 50 or 1000

--- The same number of events, to many homes and to one: what an event costs may not grow.
local function events_of_many(how, address)
  local both = {}
  for i, count in ipairs { homes_count, 1 } do
    both[i] = contestant("homes", "lua5.4", "bench/homes.lua", "events", address, cafile, count, i,
      homes_count)
  end
  local f = steady("rain", { 3 * homes_count, 3 * homes_count }, 7, both)
  row(("an event to one of %d homes, %s: CPU"):format(homes_count, how), "us", f[1][CPU],
    "one home", f[2][CPU], { at_most = 1.2 })
  for _, each in ipairs(both) do each:ends() end
end

local function logins_of_many(address)
  local f = columns(homes("login", address, homes_count, url("http", accounts_port),
    url("http", api_port)), 3)
  local name = ("%d homes log in at once"):format(homes_count)
  size_row(name .. ": time", "ms", f[1][1])
  size_row(name .. ": memory at the peak", "MB", f[2][1] / 1024)
  size_row(name .. ": connections to the cloud", "", f[3][1], 64)
end

local function loss_of_many(how, address)
  local f = columns(homes("loss", address, homes_count, quick and 2 or 20), 2)
  local name = ("%d homes after their hub was away, %s"):format(homes_count, how)
  size_row(name .. ": time until all are back", "ms", f[1][1], 90000)
  size_row(name .. ": connections in 1 s", "", f[2][1], 110)
end

--- Homes that do nothing, ever more of them: what each costs may not grow with their number.
local function crowd(how, address, most_memory)
  local counts = quick and { 25, 50, 100 } or { 250, 500, 1000 }
  local f = columns(homes("idle", address, quick and 5 or 15, table.unpack(counts)), 4)
  for i, count in ipairs(counts) do
    local name, times = ("%d idle homes, %s"):format(count, how), count // counts[1]
    size_row(name .. ": memory of each", "kB", f[2][i] / 1024, i == #counts and most_memory or nil)
    for _, each in ipairs { { ": wake-ups in 1 s", "", 3, 1000 },
      { ": CPU in 1 s", "us", 4, 1 } } do
      local what, unit, figures, scale = name .. each[1], each[2], f[each[3]], each[4]
      if i == 1 then
        size_row(what, unit, figures[i] / scale)
      else
        row(what, unit, { figures[i] / scale }, times .. " x " .. counts[1],
          { figures[1] * times / scale }, { at_most = 1.1 })
      end
    end
  end
end

-- ---- the table ----------------------------------------------------------------------------------

local function figure(value, unit)
  if unit == "us" and value >= 1000 then return ("%.1f ms"):format(value / 1000) end
  return (value < 100 and "%.1f %s" or "%.0f %s"):format(value, unit)
end

local function verdict(r)
  local t = r.target or {}
  if t.at_most then
    return ("%.2f"):format(r.ratio), ("<= %.2f"):format(t.at_most), r.ratio <= t.at_most
  end
  if t.at_least then
    return ("%.1fx"):format(r.ratio), (">= %dx"):format(t.at_least), r.ratio >= t.at_least
  end
  if r.size then return "", ("<= %d %s"):format(r.size, r.unit), r.ours <= r.size end
  if not r.ratio then return "", "", nil end
  return ("%.1fx"):format(r.ratio), "", nil
end

local function show()
  local line = "%-60s %10s  %-10s %9s %8s  %-10s %s"
  print(line:format("what", "ours", "rival", "its", "ratio", "target", ""))
  for _, r in ipairs(rows) do
    local ratio, target, reached = verdict(r)
    local word = reached == nil and "" or reached and "reached" or "MISSED"
    print((line:format(r.what, figure(r.ours, r.unit), r.rival or "",
      r.theirs and figure(r.theirs, r.unit) or "", ratio,
      target, word):gsub("%s+$", "")))
  end
end

local plain, tls, idle = url("http", port), url("https", tls_port), url("https", idle_port)
local function pair(address, store)
  return { function() return ours(address, store) end, function() return vendor(address) end }
end
local makers, makers_tls = pair(plain, "plain"), pair(tls, "tls")
local mine, theirs, mine_tls, theirs_tls = makers[1](), makers[2](), makers_tls[1](),
  makers_tls[2]()

local memory = ours(plain, "memory"):does("memory", 1)
sets("plain", mine, floor(plain), theirs, makers, 1.35)
sets("TLS", mine_tls, floor(tls), theirs_tls, makers_tls, 1.25)
parallel(", plain", mine, theirs, makers)
parallel(", TLS", mine_tls, theirs_tls, makers_tls)
parallel_rows(", TLS, after a pause",
  steady("parallel", { 1, 1 }, 9, { ours(idle, "idle"), vendor(idle) }, "sleep 0.6"),
  { at_least = 10 })
lists(mine, theirs, makers)
fresh(tls)
local live_plain, live_tls = url("http", live_port), url("https", live_tls_port)
live("plain", live_plain, "live")
live("TLS", live_tls, "live_tls")
resync("plain", live_plain, "live")
resync("TLS", live_tls, "live_tls")
crowd("plain", live_plain, 40)
crowd("TLS", live_tls, 75)
logins_of_many(live_plain)
events_of_many("plain", live_plain)
loss_of_many("plain", live_plain)
if not quick then
  events_of_many("TLS", live_tls)
  loss_of_many("TLS", live_tls)
end
size_row("memory with 200 devices held", "MB", memory[2] / 1024, 15)
size_row("of it for the devices", "MB", (memory[2] - memory[1]) / 1024, 1.2)
output(shell("strip", "-o", dir .. "/stripped.so", module))
size_row("the module, stripped", "kB",
  tonumber(output(shell("stat", "-c", "%s", dir .. "/stripped.so"))) / 1024, 250)
show()
