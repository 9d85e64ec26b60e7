-- Chaos with real sockets: injects every fault of the simulator over TLS and websockets, and lets
-- tokens expire. At the end each home equals its hub, each lasting change was reported once, the
-- login works, and no descriptor or memory is leaked. Pings and tokens last for seconds only.
--
-- Runs under the sanitizers, but not under Valgrind, where it takes 15 minutes: chaos_virtual_spec
-- runs there.
local Storm = require "spec.support.chaos.storm"
local chaos = require "spec.support.chaos.chaos"
local homey = require "homey"
local logins = require "spec.support.logins"
local cache = require "spec.support.chaos.cache"
local rows = require "spec.support.chaos.faults"
local support = require "spec.support.sim"
local collect_all = require "spec.support.collect_all"
local system = require "homey.system"

local slow = logins.slow
local count = 14   -- homes
local life = 3 + 3 * slow -- seconds, of a bearer
local seeds = { 1, 2 }
-- Kilobytes: less than a home needs; LuaJIT also counts compiled code.
local bound = jit and 1000 or 500

local sim, folders, lines = nil, {}, {}

setup(function()
  sim = support.start {
    ping_interval = 1, ping_timeout = 2 * slow,
    lifetimes = { bearer = life, access = 2 + 2 * slow },
  }
  for i = 1, count do folders[i] = logins.folder() end
  require("homey.util.log").to(function(level, text) lines[#lines + 1] = level .. " " .. text end)
end)

teardown(function()
  require("homey.util.log").to()
  logins.tidy()
  support.stop()
end)

local function options(i)
  return logins.options(sim.options, {
    state_dir = folders[i], timeout = 8 * slow, max_reply = 1000000, poll = "1 s",
  })
end

local function descriptors()
  local pipe = io.popen(("ls /proc/%d/fd | wc -l"):format(system.pid()))
  local number = tonumber(pipe:read "*a")
  pipe:close()
  return number
end

local function rubbish_out()
  collect_all()
  return collectgarbage "count"
end

-- libcurl closes idle connections of closed homes at the next connect, if the hub has closed them.
local function connections_out()
  sim:hang_up()
  homey.sleep "1.1 s" -- libcurl looks once a second
  local home = homey.new(options(1))
  home:login():get "/api/manager/system/name"
  home:close()
end

-- Every second fault of the list; the second storm has the others.
local function half(which)
  local list = {}
  for i = which, #rows, 2 do list[#list + 1] = rows[i] end
  return list
end

local function log_in_anew(i)
  return logins.run {
    HOMEY_STATE_DIR = folders[i], HOMEY_CAFILE = sim.cafile, HOMEY_EMAIL = sim.options.email,
    HOMEY_CONNECT_TO = table.concat(sim.options.connect_to, ","),
  }
end

local function rage(seed)
  local hands = Storm.deal(half(seed), count, chaos.chance(seed))
  local storm = Storm.new(sim, seed, hands, options)
  storm:begin()
  storm:rage()
  local problems, different = storm:calm(life), {}
  local data = sim:get "home"
  for _, each in ipairs(storm.homes) do
    for _, words in ipairs(cache.differences(each.home, data)) do
      different[#different + 1] = each.agent .. ": " .. words
    end
  end
  storm:close()
  return {
    problems = problems, different = different, counts = storm.counts, ledger = storm.ledger,
  }
end

describe("chaos", function()
  local seen, open_before, open_after, used = {}, nil, nil, {}

  setup(function()
    for _ = 1, 2 do connections_out() end -- the first of them logs in
    open_before = descriptors()
    for i, seed in ipairs(seeds) do
      seen[i] = rage(seed)
      local ledger = seen[i].ledger
      seen[i].changes, seen[i].events, seen[i].ledger = ledger.changes, ledger.events, nil
      used[i] = rubbish_out()
    end
    -- on a busy machine the hub may close its end later
    for _ = 1, 20 do
      connections_out()
      open_after, used[2] = descriptors(), math.min(used[2], rubbish_out())
      if open_after <= open_before and used[2] - used[1] < bound then break end
    end
  end)

  for i, seed in ipairs(seeds) do
    it("leaves the cache equal to the hub, seed " .. seed, function()
      assert.same({}, seen[i].different)
    end)

    it("reports each lasting change once, seed " .. seed, function()
      assert.same({}, seen[i].problems)
      assert.equal(#half(seed), seen[i].counts.faults)
      assert.is_true(seen[i].changes > 100 and seen[i].events > 100 * count)
    end)
  end

  it("leaves logins that a new program can use", function()
    for _, i in ipairs { 1, 7, count } do assert.equal("ok", log_in_anew(i)) end
    local counts = sim:state().counts
    assert.is_true(counts.refreshes > count)
    assert.is_true((counts.thefts or 0) <= 1) -- the home whose new token was lost
  end)

  it("leaves no descriptor open", function()
    assert.is_true(open_after <= open_before,
      ("%d before, %d after"):format(open_before, open_after))
  end)

  it("leaves no memory behind", function()
    assert.is_true(used[2] - used[1] < bound,
      ("%.0f KB after one storm, %.0f KB after two"):format(used[1], used[2]))
  end)

  it("ends no login, and logs none as ended", function()
    for _, line in ipairs(lines) do assert.is_nil(line:match "^error", line) end
  end)
end)
