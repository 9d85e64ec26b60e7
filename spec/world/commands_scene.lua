-- Every command of `homey help`, through a pipe and through a pseudo-terminal, after one login.
local cli = require "homey.cli"
local world = require "spec.world.world"

local folder = world.folder .. "/commands"
local env = { HOMEY_STATE_DIR = world.folder .. "/state", TERM = "xterm", PAGER = "cat" }

local script = [[
local homey = require "homey"
homey.login()
homey.after("100 ms", function() print "ran" homey.stop() end)
homey.run()
]]

local test = [[
describe("a test", function() it("passes", function() assert.is_true(true) end) end)
]]

-- A row: the command, its arguments, what it prints, and its exit code if that is not 0. `ends`: it
-- runs until a signal. `input`: what it reads.
local rows = {
  { "status", "", "Sunny House" },
  { "use", "'Sunny House'", "Sunny House" },
  { "discover", "--timeout 1", "no hub has answered", 4 },
  { "doctor", "--timeout 10s", "ok%s+state folder" },
  { "devices", "'*lamp*'", "Kitchen/Lamp" },
  { "zones", "", "Downstairs" },
  { "flows", "", "Good night" },
  { "variables", "", "Guests" },
  { "users", "", "Vera" },
  { "moods", "", "Dinner" },
  { "apps", "", "%d%.%d" },
  { "cards", "dim", "action" },
  { "get", "Kitchen/Lamp dim", "^[%d.]+%s*$" },
  { "set", "Kitchen/Lamp dim 50%", "^%s*$" },
  { "toggle", "Kitchen/Lamp", "^[truefals]+%s*$" },
  { "variable", "Guests 3", "^%s*$" },
  { "watch", "--until 'Kitchen/Lamp dim 0.5' --timeout 20s", "" },
  { "insights", "Garden/Weather measure_temperature --last 2h", "%d%d:%d%d" },
  { "energy", "--live --count 1", "%d" },
  { "start", "'Good night'", "^%s*$" },
  { "mood", "Dinner", "^%s*$" },
  { "notify", "'The laundry is done'", "^%s*$" },
  { "push", "Vera 'Dinner is ready'", "^%s*$" },
  { "say", "'Dinner is ready' --device 'Living room/Speaker'", "" },
  { "action", "'Dim to' device=Kitchen/Lamp dim=0.5", "" },
  { "condition", "on device=Kitchen/Lamp", "true" },
  { "run", folder .. "/run.lua", "ran", ends = "INT", after = "ran" },
  { "test", folder .. "/spec/a_test.lua", "1" },
  { "repl", "", "42", input = "6 * 7\n" },
  { "record", folder .. "/%s.jsonl --for 1s", "recorded %d+ changes" },
  { "replay", folder .. "/%s.jsonl " .. folder .. "/run.lua --jsonl", "" },
  { "sim", "--page 0", "Open http://127", ends = "INT", after = "Open http" },
  { "why", "Kitchen/Lamp dim", "`homey set`" },
  { "journal", "--last 1h", "Kitchen/La" },
  { "export", folder .. "/house-%s", "" },
  { "plan", folder .. "/house-%s", "" },
  { "apply", folder .. "/house-%s --yes", "" },
  { "types", "", "homey%.home%.Kitchen_Lamp" },
  { "lint", "", "", code = { [0] = true, [1] = true } },
  { "api", "GET /api/manager/system/", "{" },
  { "operations", "getDevices", "devices" },
  { "help", "set", "usage: homey set" },
  { "man", "set", "set" },
  { "completion", "bash", "complete" },
  { "version", "", "homey %d" },
  { "logout", "", "Logged out" },
}

local function check_rows()
  local known = { login = true } -- it runs before the others
  for _, row in ipairs(rows) do known[row[1]] = true end
  for _, name in ipairs(cli.names()) do
    assert(known[name], "there is no row for homey " .. name)
    known[name] = nil
  end
  assert.is_nil((next(known)))
end

local function prepare()
  world.shell(("mkdir -p %s/spec"):format(folder))
  world.write(folder .. "/run.lua", script)
  world.write(folder .. "/spec/a_test.lua", test)
  world.write(folder .. "/none", "")
end

-- The command line of a row: of a pipe, or of a terminal.
local function line_of(row, way)
  local input = folder .. "/" .. row[1] .. ".in"
  world.write(input, row.input or "")
  local line = ("bin/homey %s %s"):format(row[1], (row[2]:gsub("%%s", way)))
  if way == "pipe" then return ("%s <%s 2>&1"):format(line, input) end
  local keys = row.input and ("{ sleep 0.5; cat %s; sleep 1; } |"):format(input) or ""
  return ("%s script -qec %s /dev/null%s"):format(keys, world.quoted(line),
    row.input and "" or " </dev/null")
end

local function wrong_code(row, code)
  local wanted = row.code or { [row[4] or 0] = true }
  if row.ends then wanted = { [0] = true, [130] = true } end
  return not wanted[code]
end

local function run(row, way)
  local process = world.start_command({ "sh", "-c", line_of(row, way) }, { env = env })
  if row.after then
    process:wait_for(row.after)
    world.shell(("pkill -%s -f '[h]omey %s '; true"):format(row.ends, row[1]))
  end
  local ended = process:ended(40)
  local shown = ended.out .. ended.err
  assert(not wrong_code(row, ended.code),
    ("homey %s ended with %s:\n%s"):format(row[1], tostring(ended.code), shown))
  assert(shown:find(row[3]), ("homey %s does not print %s:\n%s"):format(row[1], row[3], shown))
  assert.is_nil(shown:find("stack traceback", 1, true), shown)
end

local function run_all(way)
  check_rows()
  prepare()
  local login = world.command({ "bin/homey", "login" }, { env = {
    HOMEY_STATE_DIR = env.HOMEY_STATE_DIR, HOMEY_EMAIL = world.email,
    HOMEY_PASSWORD = world.password,
  } })
  assert.equal(0, login.code, login.err)
  for _, row in ipairs(rows) do run(row, way) end
end

world.scene("every command works through a pipe", { limit = 120 }, function() run_all "pipe" end)

world.scene("every command works at a terminal", { limit = 120 }, function()
  run_all "terminal"
end)
