-- docs/command.md: each line of its blocks in `sh` runs in a shell against the simulated home, in
-- the order of the page. Runs on one Lua: other specs run the commands on each.

local command = require "spec.support.command"
local core = require "homey.core"
local logins = require "spec.support.logins"
local page = require "spec.support.page"
local support = require "spec.support.sim"

local quoted = logins.quoted

-- Lines that need a person or another machine, and what runs them in its place.
local apart = {
  ["homey login --browser"] = "a person allows access in a browser: spec/cli/login_spec.lua",
  ["homey login --code"] = "a person allows access in a browser: spec/cli/login_spec.lua",
  ["homey discover"] = "a hub in the network of this machine: spec/cli/discover_spec.lua",
}

local sim, folder, env

local function alternate()
  local value = not sim:device("Hall/Motion").capabilitiesObj.alarm_motion.value
  sim:operate("Hall/Motion", "alarm_motion", value)
end

local function lamp_on() sim:operate("Hall/Lamp", "onoff", true) end

local function sh(text) logins.shell("cd " .. quoted(folder) .. " && " .. text) end

local function log_in()
  local code, output = page.run(folder, "homey login me@example.com <secret", env)
  assert.equal(0, code, output)
end

local function build_cabin()
  sim:set { homeys = { { id = ("c"):rep(24), name = "Cabin" } } }
  log_in()
end

local function leave_cabin()
  local code, output = page.run(folder, "homey use 'Sunny House'", env)
  assert.equal(0, code, output)
  sim:set { homeys = {} }
end

local function boiler() return sim:device("Bathroom/Boiler").capabilitiesObj.onoff.value end

local function boiler_off() sim:operate("Bathroom/Boiler", "onoff", false) end

local function edit_mood()
  sh [[mv "house/moods/Living room/Reading.json" moved.json &&
    sed 's/"Reading"/"Reading quietly"/' moved.json >"house/moods/Living room/Reading.json"]]
end

-- What a line needs besides the home. input: a file that it reads. before, after: steps around it.
-- meanwhile: done again and again. says, does: it runs until Ctrl-C, and prints or does this first.
-- answers: keys for its question at a terminal. code: its exit code. with: a word in it, and what
-- stands for that here.
local needs = {
  ["homey login me@example.com"] = { input = "secret" },
  ["homey login --token --address 192.168.1.20"] =
    { input = "key", with = { "192.168.1.20", "ADDRESS" } },
  ["homey logout"] = { after = log_in },
  ["homey use Cabin"] = { before = build_cabin, after = leave_cabin },
  ["homey set Bathroom/Boiler onoff on --revert-after 30m"] =
    { before = boiler_off, does = boiler },
  ["homey condition on device=Hall/Lamp && homey toggle Hall/Lamp"] = { before = lamp_on },
  ["homey watch"] = { meanwhile = alternate, says = "Hall/Motion" },
  ["homey watch 'Hall/*' --capability alarm_motion"] =
    { meanwhile = alternate, says = "alarm_motion" },
  ["homey watch --class sensor --count 10 --jsonl"] = { meanwhile = alternate },
  ['homey watch --until "Hall/Motion alarm_motion true" --timeout 30m && homey toggle Hall/Lamp'] =
    { meanwhile = alternate },
  ["homey journal --follow"] = { says = "Hall/Lamp" },
  ["homey repl"] = { input = "session" },
  ["homey record evening.jsonl --for 3h"] = { meanwhile = alternate, says = "recording to" },
  ["homey apply house"] = { before = edit_mood, answers = "y" },
  ["homey apply --undo"] = { answers = "y" },
  ["homey lint"] = { code = 1 },
  ["homey lint --battery 10 --json"] = { code = 1 },
  ["homey sim"] = { says = "Open http" },
  ["homey sim --page 8090 --devices 200"] = { says = "Open http", with = { "8090", "0" } },
  ["homey sim --virtual examples/automations/motion_light.lua"] =
    { says = "motion_light.lua: started" },
  ['homey sim --virtual --time "2026-06-21 18:00" --speed 60 examples/automations'] =
    { says = "2026%-06%-21 18:00:00, 60 times" },
  [ [[echo '{"value": true}' | homey api PUT /api/manager/devices/device/ID/capability/onoff -]] ] =
    { with = { "ID", "LAMP" } },
}

local function replaced(line, with)
  if not with then return line end
  local values = { ADDRESS = sim.pat_options.address, LAMP = sim:device("Hall/Lamp").id }
  local first, last = line:find(with[1], 1, true)
  return line:sub(1, first - 1) .. (values[with[2]] or with[2]) .. line:sub(last + 1)
end

local function said() return command.read(folder .. "/said") end

local function code() return tonumber(command.read(folder .. "/code")) end

-- Starts a line in a shell with job control, so that Ctrl-C reaches it as at a terminal.
local function start(line, need)
  os.remove(folder .. "/code")
  os.remove(folder .. "/pid")
  os.remove(folder .. "/said")
  command.write(folder .. "/line.sh", replaced(line, need.with) .. "\n")
  local words = { "env", logins.exits }
  for name, value in pairs(env) do words[#words + 1] = name .. "=" .. quoted(value) end
  local shell = "bash line.sh"
  if need.answers then
    shell = ("perl %s/spec/support/terminal.pl '[y/N]' '%s\\r' bash -c %s"):format(env.HERE,
      need.answers, quoted "bash line.sh; echo ended with $?")
  end
  local job = "set -m; %s >said 2>&1 <%s & echo $! >pid; wait $!; echo $? >code"
  words[#words + 1] = "bash -c " .. quoted(job:format(shell, need.input or "/dev/null"))
  sh(table.concat(words, " ") .. " >/dev/null 2>&1 &")
end

local function signal(name)
  local group = command.read(folder .. "/pid"):match "%d+"
  os.execute(("bash -c 'kill -%s -- -%s' 2>/dev/null"):format(name, group))
end

-- Waits until a started line has ended, or prints what it has to and is interrupted.
local function finish(need)
  command.until_true("it ends, or has done what it should", function()
    if code() then return true end
    if need.says and said():find(need.says) or need.does and need.does() then return true end
    if need.meanwhile then need.meanwhile() end
    core.pause(0.05)
  end)
  if code() then return code() end
  signal "INT"
  return command.until_true("Ctrl-C ends it", code)
end

local function run(line)
  local need = needs[line:gsub("%s+#.*$", "")] or {}
  if need.before then need.before() end
  start(line, need)
  local is_endless, ok, ended = need.says or need.does, pcall(finish, need)
  if not ok then
    signal "KILL"
    error(ended .. ": " .. said(), 0)
  end
  if need.answers then
    ended = tonumber(said():match "ended with (%d+)")
  end
  if is_endless then
    if need.says then assert.truthy(said():find(need.says), said()) end
    assert.is_true(ended == 130 or ended == 0, ("ended with %s: %s"):format(ended, said()))
  else
    assert.equal(need.code or 0, ended, said())
  end
  if need.after then need.after() end
end

describe("docs/command.md", function()
  local used = {}

  setup(function()
    sim = support.start { email = "me@example.com", password = "secret" }
    folder = command.folder()
    local pipe = io.popen "pwd"
    local here = pipe:read "*l"
    pipe:close()
    env = {
      HERE = here, HOMEY_STATE_DIR = folder .. "/state", PATH = here .. "/bin:" .. os.getenv "PATH",
      HOMEY_CAFILE = sim.env.HOMEY_CAFILE, HOMEY_CONNECT_TO = sim.env.HOMEY_CONNECT_TO,
      LANG = "C.UTF-8",
    }
    command.write(folder .. "/secret", "secret\n")
    command.write(folder .. "/key", sim.pat_options.token .. "\n")
    command.write(folder .. "/session", "print(home)\nhomey.device('Hall/Lamp'):get('onoff')\n")
    command.write(folder .. "/motion.lua", page.read "examples/demo/hall_light.lua")
    sh("ln -s " .. quoted(here .. "/examples") .. " examples")
  end)

  teardown(command.leave_sim)

  for block in page.blocks("docs/command.md", "sh") do
    for line in block:gmatch "[^\n]+" do
      used[line] = true
      if not apart[line] then it("does as it says: " .. line, function() run(line) end) end
    end
  end

  it("has each line that is set apart or needs something", function()
    local gone = {}
    for _, list in ipairs { apart, needs } do
      for line in pairs(list) do if not used[line] then gone[#gone + 1] = line end end
    end
    assert.same({}, gone)
  end)
end)
