-- Index of names: `homey set Kitchen/Lamp` without reading the devices, and never the wrong lamp.
local command = require "spec.support.command"
local core = require "homey.core"
local logins = require "spec.support.logins"

local shell, quoted = logins.shell, logins.quoted

describe("the index of names", function()
  local env, sim, folder

  setup(function()
    local whole
    whole, sim = command.at_sim()
    env = whole
  end)
  teardown(command.leave_sim)

  before_each(function()
    folder = command.folder() .. "/state"
    env.HOMEY_STATE_DIR = folder
    sim:reset_log()
  end)
  after_each(command.tidy)

  local function path_of()
    local pipe = io.popen(("ls %s/names-*.json 2>/dev/null"):format(quoted(folder)))
    local path = pipe:read "*l"
    pipe:close()
    return path
  end

  local function run(...) return command.succeed(env, ...) end

  -- The requests since the last call, but those that look for the hub's address.
  local function requests()
    local list = {}
    for _, each in ipairs(sim:log()) do
      local what = each.path and each.path:gsub("%x+%-[%x-]+", "ID")
      if what and not what:find "/ping" and not what:find "^/sim" then
        list[#list + 1] = each.method .. " " .. what:gsub("^/api/manager", "")
      end
    end
    sim:reset_log()
    return list
  end

  local one_set = { "PUT /devices/device/ID/capability/onoff" }
  local two_lists = { "GET /devices/device", "GET /zones/zone",
    "PUT /devices/device/ID/capability/onoff" }

  local function is_on(id) return sim:device(id).capabilitiesObj.onoff.value end

  local function sorted(list)
    table.sort(list)
    return list
  end

  -- Makes the index as old as that.
  local function age(seconds)
    local path = path_of()
    local text = command.read(path)
    command.write(path, (text:gsub("^(homey%-index %d+ )(%d+)", function(head, ms)
      return ("%s%015.0f"):format(head, tonumber(ms) - seconds * 1000)
    end)))
  end

  -- Two lamps change their names at the hub, while f runs: the id of the one that is now
  -- Kitchen/Lamp, and that of the other.
  local function with_swapped_lamps(f)
    local kitchen, hall = sim:device "Kitchen/Lamp", sim:device "Hall/Lamp"
    local function put(device, name, zone)
      sim:update("devices", device.id, { name = name, zone = zone })
    end
    sim:operate("Kitchen/Lamp", "onoff", false)
    sim:operate("Hall/Lamp", "onoff", false)
    put(kitchen, "Lamp", hall.zone)
    put(hall, "Lamp", kitchen.zone)
    local ok, err = pcall(f, hall.id, kitchen.id)
    put(kitchen, "Lamp", kitchen.zone)
    put(hall, "Lamp", hall.zone)
    if not ok then error(err, 0) end
  end

  it("makes a set by name one request", function()
    run "zones"
    requests()
    run("set", "Kitchen/Lamp", "onoff", "on")
    assert.same(two_lists, sorted(requests()))
    run("set", "kitchen/lamp", "onoff", "off")
    assert.same(one_set, requests())
    assert.is_false(is_on(sim:device("Kitchen/Lamp").id))
  end)

  -- What a program says in the environment of the command.
  local function program_says(program)
    local words = { "env" }
    for key, value in pairs(env) do words[#words + 1] = quoted(key .. "=" .. value) end
    local pipe = io.popen(("%s %s -e %s"):format(table.concat(words, " "),
      os.getenv "HOMEY_TEST_LUA", quoted(program)))
    local text = pipe:read "*a"
    pipe:close()
    return text
  end

  it("is written after a program has read the devices", function()
    program_says "local homey = require 'homey' homey.login() homey.devices {}"
    requests()
    run("set", "Kitchen/Lamp", "onoff", "on")
    assert.same(one_set, requests())
  end)

  it("is for its owner alone", function()
    run "devices"
    local pipe = io.popen("ls -l " .. quoted(path_of()))
    assert.matches("^%-rw%-%-%-%-%-%-%-", pipe:read "*a")
    pipe:close()
  end)

  it("is of use to get and toggle, which read the one device", function()
    run "devices"
    sim:operate("Kitchen/Lamp", "onoff", true)
    requests()
    assert.equal("true\n", run("get", "Kitchen/Lamp", "onoff"))
    assert.same({ "GET /devices/device/ID" }, requests())
    assert.equal("false\n", run("toggle", "Kitchen/Lamp"))
    assert.same({ "GET /devices/device/ID", one_set[1] }, requests())
  end)

  it("computes steps from the value that the device has now", function()
    sim:operate("Kitchen/Lamp", "dim", 0.2)
    run "devices"
    sim:operate("Kitchen/Lamp", "dim", 0.5)
    run("set", "Kitchen/Lamp", "dim", "+10%")
    assert.near(0.6, sim:device("Kitchen/Lamp").capabilitiesObj.dim.value, 1e-9)
    requests()
    run("set", "Kitchen/Lamp", "dim", "50%")
    assert.same({ "PUT /devices/device/ID/capability/dim" }, requests())
    assert.near(0.5, sim:device("Kitchen/Lamp").capabilitiesObj.dim.value, 1e-9)
  end)

  it("refuses what the device does not take, with nothing set", function()
    for _, case in ipairs {
      { "Kitchen/Lamp", "dim", "5", "Kitchen/Lamp: dim takes a number from 0 to 1, not 5%." },
      { "Kitchen/Lamp", "dimm", "1", "Kitchen/Lamp: it has no capability 'dimm'; did you mean" },
      { "Hall/Motion", "alarm_motion", "on", "Hall/Motion: alarm_motion can only be read" },
      { "Living room/Thermostat", "thermostat_mode", "warm",
        "Thermostat: thermostat_mode takes 'heat', 'cool', 'auto' or 'off', not 'warm'" },
    } do
      run "devices"
      requests()
      local code, _, err = command.run(env, "set", case[1], case[2], case[3])
      assert.matches(case[4], err)
      assert.is_true(code == 2 or code == 4)
      for _, each in ipairs(requests()) do assert.matches("^GET", each) end
    end
  end)

  it("is asked again what it says no longer: a new range", function()
    local lamp = sim:device "Kitchen/Lamp"
    run "devices"
    age(30)
    local text = command.read(path_of())
    local changed = text:gsub('"max":1', '"max":0')
    command.write(path_of(), changed)
    run("set", "Kitchen/Lamp", "dim", "0.7")
    assert.near(0.7, sim:device(lamp.id).capabilitiesObj.dim.value, 1e-9)
  end)

  it("leaves a name that may be any of two to the lists", function()
    run "devices"
    requests()
    local code, _, err = command.run(env, "set", "Lamp", "onoff", "on")
    assert.equal(4, code)
    assert.matches("'Lamp' may be any of %d devices: 'Hall/Lamp', 'Kitchen/Lamp'", err)
    assert.same({ "GET /devices/device", "GET /zones/zone" }, sorted(requests()))
  end)

  it("finds a device that is newer than the index", function()
    run "devices"
    local lamp = sim:device "Kitchen/Lamp"
    sim:update("devices", lamp.id, { name = "Ceiling" })
    local code, _, err = command.run(env, "set", "Kitchen/Ceiling", "onoff", "on")
    sim:update("devices", lamp.id, { name = "Lamp" })
    assert.same({ 0, "" }, { code, err })
  end)

  it("switches no other lamp once it is old", function()
    run "devices"
    age(61)
    with_swapped_lamps(function(right, wrong)
      requests()
      run("set", "Kitchen/Lamp", "onoff", "on")
      assert.same(two_lists, sorted(requests()))
      assert.same({ true, false }, { is_on(right), is_on(wrong) })
    end)
  end)

  it("is not believed from the future", function()
    run "devices"
    age(-3600)
    with_swapped_lamps(function(right, wrong)
      run("set", "Kitchen/Lamp", "onoff", "on")
      assert.same({ true, false }, { is_on(right), is_on(wrong) })
    end)
  end)

  describe("with a runner", function()
    local process

    local function stamp()
      return (command.read(path_of() or ""):match "^homey%-index %d+ (%d+)")
    end

    local function wait_for_index()
      command.until_true("the runner keeps the index", function()
        return path_of() and tonumber(stamp() or 0) > 0
      end)
    end

    before_each(function()
      local scripts = command.folder()
      command.write(scripts .. "/a.lua", "local homey = require 'homey'\n"
        .. "homey.device('Hall/Motion'):on('alarm_motion', function() end)\n")
      process = command.start(env, "run", scripts)
      process:wait_for "a.lua: started"
      wait_for_index()
    end)

    it("switches no other lamp after names were changed", function()
      local before = command.read(path_of()):match "\n.*"
      with_swapped_lamps(function(right, wrong)
        command.until_true("the runner has written it", function()
          return tonumber(stamp()) > 0 and command.read(path_of()):match "\n.*" ~= before
        end)
        requests()
        run("set", "Kitchen/Lamp", "onoff", "on")
        assert.same(one_set, requests())
        assert.same({ true, false }, { is_on(right), is_on(wrong) })
      end)
    end)

    it("is kept by it, whatever a command has read before", function()
      local signature = command.read(path_of()):match "^homey%-index %d+ %d+ %d+ (%S+)"
      run("set", "Kitchen/Lamp", "onoff", "on")
      assert.equal(signature, command.read(path_of()):match "^homey%-index %d+ %d+ %d+ (%S+)")
    end)

    it("switches no other lamp a minute after its end", function()
      process:signal "KILL"
      process:ended()
      age(61)
      with_swapped_lamps(function(right, wrong)
        run("set", "Kitchen/Lamp", "onoff", "on")
        assert.same({ true, false }, { is_on(right), is_on(wrong) })
      end)
    end)
  end)

  local function as_another(f)
    local text = command.read(path_of())
    f(path_of(), text)
    requests()
    run("set", "Kitchen/Lamp", "onoff", "on")
    assert.same(two_lists, sorted(requests()))
  end

  for what, break_it in pairs {
    ["that is empty"] = function() return "" end,
    ["that is cut off"] = function(text) return text:sub(1, -20) end,
    ["that is of another version"] = function(text)
      return (text:gsub("^homey%-index 1", "%09"))
    end,
    ["that is no index"] = function() return "Kitchen/Lamp\n" end,
    ["whose names are no JSON"] = function(text) return (text:gsub('"zones"', '"zones:', 1)) end,
    ["whose names are no names"] = function(text) return (text:gsub('"Lamp"', '   777', 1)) end,
    ["whose facts are broken"] = function(text)
      return (text:gsub('"type":"boo', '"type":tboo'))
    end,
    ["whose facts are no facts"] = function(text) return (text:gsub('"max":1', '"max":""')
      :gsub("^(homey%-index %d+ %d+ )(%d+)( [^\n]+\n)(.*)", function(a, _, b, rest)
        return a .. #rest .. b .. rest
      end)) end,
  } do
    it(what .. " is ignored", function()
      run "devices"
      as_another(function(path, text)
        local broken = break_it(text)
        assert.not_equal(text, broken)
        command.write(path, broken)
      end)
    end)
  end

  it("that others may read is ignored", function()
    run "devices"
    as_another(function(path) shell("chmod 644 " .. quoted(path)) end)
  end)

  it("of another user is ignored", function()
    run "devices"
    as_another(function(path)
      -- only root can give a file away; a link to the file of another is one, too
      shell(("if [ $(id -u) = 0 ]; then chown 65534 %s; else ln -sf /etc/passwd %s; fi")
        :format(quoted(path), quoted(path)))
    end)
  end)

  it("of another hub is ignored", function()
    run "devices"
    as_another(function(path)
      shell(("mv %s %s"):format(quoted(path), quoted((path:gsub("%-%x+%.json", "-0123abcd.json")))))
    end)
  end)

  it("of another account is ignored", function()
    run "devices"
    as_another(function(path)
      shell(("mv %s %s"):format(quoted(path),
        quoted((path:gsub("names%-%x+", "names-0123456789abcdef")))))
    end)
  end)

  it("holds no secret", function()
    run "devices"
    local text = command.read(path_of())
    assert.is_nil(text:find(env.HOMEY_TOKEN:sub(1, 36), 1, true))
    assert.is_nil(core.decode(text))
  end)

  it("is removed at logout", function()
    run "devices"
    assert.truthy(path_of())
    run "logout"
    assert.is_nil(path_of())
  end)
end)
