local Home = require "homey.home"
local Journal = require "homey.journal.journal"
local Cache = require "homey.realtime.cache"
local Scope = require "homey.task.scope"
local core = require "homey.core"
local fake = require "spec.support.fake_core_loop"
local houses = require "spec.support.house"
local timestamp = require "homey.time.timestamp"
local log = require "homey.util.log"
local logins = require "spec.support.logins"
local advance = require "spec.support.advance"
local sim = require "homey.sim"
local collect_all = require "spec.support.collect_all"

local quoted = logins.quoted
local here, home, core_loop, folder, scope, said, opened

local function again()
  if home then home:close() end
  here = houses.new()
  home, core_loop = here.home, here.core_loop
  home.state_dir = folder
  scope = Scope.new { scheduler = home.scheduler, log = function(level, text)
    said[#said + 1] = level .. ": " .. text
  end }
end

-- Closed after the test: the garbage collector would save it during another one, and log that.
local function open_journal()
  local journal = Journal.new(home.scheduler, folder)
  opened[#opened + 1] = journal
  return journal
end

before_each(function()
  folder, home, said, opened = logins.folder(), nil, {}, {}
  logins.shell("mkdir -m 700 " .. quoted(folder))
  log.to(function(level, text) said[#said + 1] = level .. ": " .. text end)
  again()
end)

after_each(function()
  scope:close()
  home:close()
  for _, journal in ipairs(opened) do journal:close() end
  log.to()
  logins.tidy()
end)

local function operate(id, capability, value, transaction)
  here.raw[id].capabilitiesObj[capability].value = value
  core_loop:tell("homey:device:" .. id, "capability",
    { capabilityId = capability, value = value, transactionId = transaction or "other" })
  home:step()
end

local function lamp() return home:device("Kitchen/Lamp") end

-- evening.lua: the lamp follows the motion sensor.
local function follow(source, id, target)
  scope:run(function()
    home:device(source):on(id, function(value) target:set("onoff", value) end)
  end)
  advance(home, 1)
end

local function kinds(steps)
  local list = {}
  for i, step in ipairs(steps) do list[i] = step.kind end
  return table.concat(list, " ")
end

local clock = "%d%d:%d%d:%d%d"

describe("homey.why", function()
  it("names event, handler, call, answer and echo", function()
    follow("Motion", "alarm_motion", lamp())
    Cache.of(home):watch(lamp(), function() end)
    advance(home, 1)
    operate(houses.sensor, "alarm_motion", false)
    advance(home, 1)
    local text, steps = home:why("Kitchen/Lamp", "onoff")
    assert.matches("^Kitchen/Lamp: onoff has been false since " .. clock
      .. " because Hall/Motion: alarm_motion became false %-> "
      .. ".*journal_spec%.lua:%d+ set it; the hub confirmed it%.$", text)
    assert.equal("event handler call answer echo", kinds(steps))
    assert.equal("Hall/Motion: alarm_motion became false", steps[1].text)
    assert.matches("journal_spec%.lua:%d+ was called", steps[2].text)
    assert.same({ "onoff", false, houses.lamp },
      { steps[3].capability, steps[3].value, steps[3].device })
    for i = 2, #steps do assert.is_true(steps[i].at >= steps[i - 1].at) end
  end)

  it("explains after a restart", function()
    follow("Motion", "alarm_motion", lamp())
    operate(houses.sensor, "alarm_motion", false)
    advance(home, 1)
    again()
    here.raw[houses.lamp].capabilitiesObj.onoff.value = false
    local text, steps = home:why("Kitchen/Lamp", "onoff")
    assert.matches(
      "because Hall/Motion: alarm_motion became false %-> .*journal_spec%.lua:%d+ set it; the hub "
        .. "confirmed it",
      text)
    assert.matches("^event handler call answer", kinds(steps))
  end)

  it("follows the causes of causes", function()
    follow("Motion", "alarm_motion", lamp())
    follow("Kitchen/Lamp", "onoff", home:device("Hall/Lamp"))
    operate(houses.sensor, "alarm_motion", false)
    advance(home, 2)
    local text, steps = home:why("Hall/Lamp", "onoff")
    assert.matches(
      "because Hall/Motion: alarm_motion became false %-> .*:%d+ set Kitchen/Lamp: onoff = false "
        .. "%-> "
      .. ".*:%d+ set it; the hub confirmed it%.$", text)
    assert.matches("^event handler call event handler call answer", kinds(steps))
  end)

  it("names the line of a plain program", function()
    lamp():set("dim", 0.3)
    local text, steps = home:why("Kitchen/Lamp", "dim")
    assert.matches("dim has been 0.3 since " .. clock
      .. " because .*journal_spec%.lua:%d+ set it; the hub confirmed it", text)
    assert.equal("call answer", kinds(steps))
  end)

  it("covers toggles, selections and raw requests", function()
    lamp():toggle()
    assert.matches("onoff has been false since .*:%d+ set it", (home:why("Kitchen/Lamp", "onoff")))
    home:devices({ class = "light" }):set("onoff", true)
    assert.matches("onoff has been true since .*:%d+ set it", (home:why("Shed lamp", "onoff")))
    home:put(houses.path(houses.heater, "target_temperature"), { value = 22 })
    assert.matches(
      "target_temperature has been 22 since .*:%d+ set it; the answer of the hub is not known",
      (home:why("Heater", "target_temperature")))
  end)

  it("covers a raw request that sets false", function()
    home:put(houses.path(houses.lamp, "onoff"), { value = false })
    assert.matches(
      "^Kitchen/Lamp: onoff has been false since .* because .*journal_spec%.lua:%d+ set it",
      (home:why("Kitchen/Lamp", "onoff")))
  end)

  it("names the time that started a handler", function()
    scope:run(function()
      local handle
      handle = home:every("5 s", function()
        handle:cancel()
        lamp():set("onoff", false)
      end)
    end)
    advance(home, 6)
    assert.matches("because every%('5 s'%) %-> .*:%d+ set it", (home:why("Kitchen/Lamp", "onoff")))
  end)

  it("names the set that a revert belongs to", function()
    lamp():set("onoff", false, { revert_after = "5 s" })
    advance(home, 10)
    local text = home:why("Kitchen/Lamp", "onoff")
    assert.matches(
      "because .*:%d+ set Kitchen/Lamp: onoff = false %-> revert_after was over for Kitchen/Lamp: "
        .. "onoff %-> "
      .. ".*journal_spec%.lua:%d+ set it; the hub confirmed it%.$", text)
  end)

  it("reports a change by somebody else", function()
    lamp():set("onoff", false)
    lamp():on("onoff", function() end)
    advance(home, 1)
    operate(houses.lamp, "onoff", true)
    local text, steps = home:why("Kitchen/Lamp", "onoff")
    assert.matches("^Kitchen/Lamp: onoff has been true since " .. clock
      .. ": it was changed elsewhere, not by a program here%.$", text)
    assert.equal("event", kinds(steps))
  end)

  it("reports a change by others during an outage", function()
    lamp():on("onoff", function() end)
    advance(home, 1)
    core_loop:break_off()
    here.raw[houses.lamp].capabilitiesObj.onoff.value = false
    advance(home, 5)
    core_loop:come_back()
    advance(home, 5)
    assert.matches("onoff is false: it was changed elsewhere during an outage, which was found at ",
      (home:why("Kitchen/Lamp", "onoff")))
  end)

  it("reports a change by others before listening", function()
    lamp():set("onoff", false)
    home:close()
    again()
    here.raw[houses.lamp].capabilitiesObj.onoff = {
      type = "boolean", setable = true, getable = true, value = true,
      lastUpdated = "2023-11-14T22:00:00.000Z",
    }
    assert.matches("onoff has been true since .*" .. clock
      .. ": it was changed elsewhere, while no program listened",
      (home:why("Kitchen/Lamp", "onoff")))
  end)

  it("allows for a hub clock that differs", function()
    local ahead = core_loop:time() + 300
    local known = here.raw[houses.lamp].capabilitiesObj.onoff
    core_loop:on("PUT " .. houses.path(houses.lamp, "onoff"), function(request)
      known.value, known.lastUpdated = request.body.value, timestamp.text(ahead * 1000)
      return {
        value = request.body.value, transactionId = request.body.transactionId,
        transactionTime = ahead * 1000,
      }
    end)
    lamp():set("onoff", false)
    for _ = 1, 2 do
      local text = home:why("Kitchen/Lamp", "onoff")
      assert.matches("onoff has been false since " .. clock
        .. " because .* set it; the hub confirmed it", text)
      again()
      here.raw[houses.lamp].capabilitiesObj.onoff = known
    end
  end)

  it("reports that nothing is known", function()
    local text, steps = home:why("Kitchen/Lamp", "onoff")
    assert.matches("^Kitchen/Lamp: onoff .*true.*%. No change by a program here is known%.$", text)
    assert.same({}, steps)
    assert.equal("not_found", logins.failure(home.why, home, "Kitchen/Lamp", "onof").kind)
  end)

  it("reports a failed attempt", function()
    lamp():set("onoff", false)
    core_loop:on("PUT " .. houses.path(houses.lamp, "onoff"),
      fake.fail("hub", "the hub says: no.", 500))
    pcall(lamp().set, lamp(), "onoff", true)
    local text, steps = home:why("Kitchen/Lamp", "onoff")
    assert.matches(
      "onoff has been false since .* set it; the hub confirmed it%. At .* failed to set it to "
        .. "true: .*no%.$",
      text)
    assert.equal("call answer call answer", kinds(steps))
    assert.matches("no%.", steps[4].error)
  end)

  it("works in memory without a state_dir", function()
    home.state_dir = nil
    lamp():set("onoff", false)
    assert.matches("set it", (home:why("Kitchen/Lamp", "onoff")))
    home:close()
    assert.is_nil(io.open(folder .. "/journal.jsonl"))
  end)

  it("ends with a collected home and loses nothing", function()
    local scheduler, weak = home.scheduler, setmetatable({}, { __mode = "k" })
    local function change_and_drop()
      local dropped = Home.new(scheduler, core_loop:client {})
      dropped.state_dir, weak[dropped] = folder, true
      dropped:device(houses.lamp):set("onoff", false)
    end
    for _ = 1, 20 do change_and_drop() end
    advance(home, 2)
    collect_all()
    scheduler:flush()
    local left, written = 0, 0
    for _ in pairs(weak) do left = left + 1 end
    assert.is_true(left <= 2, left) -- the stack may still refer to one
    assert.is_true(#scheduler.autosaves <= 2)
    for line in io.lines(folder .. "/journal.jsonl") do
      written = written + (line:find '"kind"' and 1 or 0)
    end
    assert.equal(20, written)
  end)

  it("knows nothing when the journal is off", function()
    home.journal = false
    lamp():set("onoff", false)
    assert.matches("No change by a program here is known", (home:why("Kitchen/Lamp", "onoff")))
  end)
end)

describe("homey.why after a change by hand", function()
  local virtual

  local function open(time)
    if virtual then virtual:close() end
    virtual = sim.home(nil, { time = time })
    virtual.state_dir = folder
  end
  before_each(function() open "2026-01-10 20:00" end)
  after_each(function()
    virtual:close()
    virtual = nil
  end)

  local function the_lamp() return virtual:device "Hall/Lamp" end
  local function why() return virtual:why("Hall/Lamp", "onoff") end

  -- A program that sets the lamp, does not listen, and ends.
  local function set_by_program()
    virtual:operate("Hall/Lamp", "onoff", false)
    the_lamp():set("onoff", true)
    open "2026-01-10 20:00"
    virtual:operate("Hall/Lamp", "onoff", true)
  end

  it("does not name the earlier set", function()
    set_by_program()
    virtual:advance "1 h"
    virtual:operate("Hall/Lamp", "onoff", false)
    virtual:operate("Hall/Lamp", "onoff", true)
    local text, steps = why()
    assert.matches(
      "^Hall/Lamp: onoff has been true since 21:00:00%. .*journal_spec%.lua:%d+ set it at "
        .. "20:00:00, "
      .. "but it was changed elsewhere later, or reported again%.$", text)
    assert.equal("call answer event", kinds(steps))
    for i = 2, #steps do assert.is_true(steps[i].at >= steps[i - 1].at) end
  end)

  it("accepts a confirmation by the device itself", function()
    set_by_program()
    virtual:advance "3 s"
    virtual:operate("Hall/Lamp", "onoff", true)
    assert.matches("since 20:00:00 because .* set it; the hub confirmed it", (why()))
  end)

  it("keeps our cause when the value is repeated", function()
    the_lamp():on("onoff", function() end)
    virtual:device("Hall/Motion"):on("alarm_motion", { to = true }, function()
      the_lamp():set("onoff", true)
    end)
    virtual:operate("Hall/Lamp", "onoff", false)
    virtual:operate("Hall/Motion", "alarm_motion", true)
    virtual:advance "1 h"
    virtual:operate("Hall/Lamp", "onoff", true)
    assert.matches("since 20:00:00 because Hall/Motion: alarm_motion became true", (why()))
  end)

  for what, has_folder in pairs { ["a folder"] = true, ["memory alone"] = false } do
    it("survives many other entries, with " .. what, function()
      if not has_folder then virtual.state_dir = nil end
      the_lamp():on("onoff", function() end)
      virtual:device("Bathroom/Washing machine"):on("measure_power", function() end)
      local function noise()
        for i = 1, 300 do virtual:operate("Bathroom/Washing machine", "measure_power", i) end
      end
      the_lamp():set("onoff", false)
      virtual:advance "1 h"
      virtual:operate("Hall/Lamp", "onoff", true)
      noise()
      assert.matches(
        "onoff has been true since 21:00:00: it was changed elsewhere, not by a program here%.$",
        (why()))
      virtual:operate("Hall/Lamp", "onoff", true)
      virtual:advance "1 h"
      the_lamp():set("onoff", false)
      virtual:advance "1 h"
      virtual:operate("Hall/Lamp", "onoff", false)
      noise()
      local text, steps = why()
      assert.matches(
        "onoff has been false since 22:00:00 because .* set it; the hub confirmed it%.$", text)
      assert.matches("^call answer", kinds(steps))
    end)
  end

  it("uses the home's time zone", function()
    virtual.timezone, virtual.place = "Asia/Tokyo", nil
    the_lamp():set("onoff", true)
    local here_and_now = require("homey.time.location").new({ timezone = "Asia/Tokyo" })
      :wall(virtual.loop:time())
    assert.matches(os.date("! since %H:%M:%S because", math.floor(here_and_now)), (why()))
  end)
end)

describe("a journal", function()
  local function lines(name)
    local list = {}
    local file = io.open(folder .. "/" .. (name or "journal.jsonl"))
    for line in file and file:lines() or function() end do
      if line ~= "" and not line:find "^{\"homey_journal\"" then list[#list + 1] = line end
    end
    if file then file:close() end
    return list
  end

  local function add(journal, n)
    return journal:add {
      kind = "call", at = 1700000000 + n, device = "d", name = "x", capability = "c", value = n,
    }
  end

  it("has what the program did, not what it received", function()
    follow("Motion", "alarm_motion", lamp())
    for i = 1, 20 do operate(houses.sensor, "alarm_motion", i % 2 == 0) end
    advance(home, 2)
    home:close()
    for _, line in ipairs(lines()) do assert.is_not_equal("event", core.decode(line).kind) end
  end)

  it("is a file that only its owner reads", function()
    lamp():set("onoff", false)
    home:close()
    local pipe = io.popen("ls -l " .. quoted(folder .. "/journal.jsonl"))
    assert.matches("^%-rw%-%-%-%-%-%-%-", pipe:read "*a")
    pipe:close()
  end)

  it("is written at most once a second", function()
    local journal = open_journal()
    add(journal, 1)
    home.scheduler:later(0.1, function() end)
    advance(home, 0.2)
    assert.equal(1, #lines())
    home.scheduler:later(0.1, function() add(journal, 2) end)
    advance(home, 0.2)
    assert.equal(1, #lines())
    advance(home, 1)
    assert.equal(2, #lines())
    add(journal, 3)
    journal:close()
    assert.equal(3, #lines())
    add(journal, 4)
    home.scheduler:flush()
    assert.equal(3, #lines())
  end)

  it("restores call and answer in any order of writing", function()
    home.journal = open_journal()
    core_loop.latency = 3 -- the call is written before its answer comes
    lamp():set("onoff", false)
    core_loop.latency = 0.01
    lamp():set("onoff", true)
    pcall(function()
      core_loop:on("PUT " .. houses.path(houses.lamp, "dim"),
        fake.fail("hub", "the hub says: no.", 500))
      lamp():set("dim", 0.5)
    end)
    home.journal:close()
    local told = {}
    for i, entry in ipairs(open_journal():entries()) do
      told[i] = ("%s %d %s %s %s")
        :format(entry.kind, entry.n, tostring(entry.cause), entry.capability, entry.error or "well")
    end
    assert.same({
      "call 1 nil onoff well", "answer 2 1 onoff well", "call 3 nil onoff well",
      "answer 4 3 onoff well",
      "call 5 nil dim well", "answer 6 5 dim the hub says: no.",
    }, told)
    assert.is_true(#lines() > 3 and #lines() < 6, #lines())
  end)

  it("survives lines that a crash cut off", function()
    local journal = open_journal()
    for i = 1, 3 do add(journal, i) end
    journal:close()
    local file = io.open(folder .. "/journal.jsonl", "ab")
    file:write('{"kind":"call","at":17')
    file:close()
    journal = open_journal()
    for i = 4, 5 do add(journal, i) end
    journal:close()
    local values = {}
    for i, entry in ipairs(open_journal():entries()) do
      values[i] = entry.value
    end
    assert.same({ 1, 2, 3, 4, 5 }, values)
  end)

  it("skips invalid entries", function()
    local file = io.open(folder .. "/journal.jsonl", "wb")
    file:write('5\n{}\n[]\n"x"\n{"kind":"call"}\n{"kind":"what","at":1,"n":1}\n\255\n'
      .. '{"kind":"call","at":"x","n":1}\n')
    file:close()
    assert.same({}, open_journal():entries())
    assert.matches("No change by a program here", (home:why("Kitchen/Lamp", "onoff")))
  end)

  it("keeps its size limit, the newest last", function()
    local long, journal = ("x"):rep(1000), open_journal()
    for i = 1, 1500 do
      journal:add { kind = "call", at = 1700000000 + i, name = long, value = i }
      if i % 50 == 0 then home.scheduler:flush() end
    end
    journal:close()
    local bytes = 0
    for _, name in ipairs { "journal.jsonl", "journal-1.jsonl" } do
      local file = assert(io.open(folder .. "/" .. name, "rb"))
      bytes = bytes + file:seek "end"
      file:close()
    end
    assert.is_true(bytes > 512 * 1024 and bytes < 1200 * 1024, bytes)
    local entries = open_journal():entries()
    assert.equal(1500, entries[#entries].value)
    for i = 2, #entries do assert.equal(entries[i - 1].value + 1, entries[i].value) end
    local kept = 0
    for _ in pairs(journal.ring) do kept = kept + 1 end
    assert.equal(256, kept)
  end)

  it("is shared by several programs", function()
    local one, two = open_journal(), open_journal()
    for i = 1, 10 do add(i % 2 == 0 and one or two, i) end
    one:close()
    two:close()
    local values = {}
    for i, entry in ipairs(open_journal():entries()) do
      values[i] = entry.value
    end
    assert.same({ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 }, values)
  end)

  it("that cannot be written is reported once", function()
    logins.shell("mkdir " .. quoted(folder .. "/journal.jsonl"))
    for i = 1, 3 do
      lamp():set("onoff", i % 2 == 0)
      home.scheduler:flush()
    end
    assert.equal(1, #said)
    assert.matches("^error: the journal cannot be saved: ", said[1])
    assert.matches("set it", (home:why("Kitchen/Lamp", "onoff")))
    logins.shell("rmdir " .. quoted(folder .. "/journal.jsonl"))
    lamp():set("onoff", true)
    home.scheduler:flush()
    assert.equal(4, #lines()) -- a call and its answer each, also of those that waited
    assert.same({ 2, "info: the journal is saved again." }, { #said, said[2] })
  end)

  it("that cannot be written waits in bounded memory", function()
    logins.shell("mkdir " .. quoted(folder .. "/journal.jsonl"))
    local journal = open_journal()
    for i = 1, 5000 do
      add(journal, i)
      if i % 100 == 0 then home.scheduler:flush() end
    end
    assert.is_true(#journal.pending <= 2000, #journal.pending)
    local entries = journal:entries()
    assert.is_true(#entries >= 1000 and #entries <= 2000, #entries)
    assert.equal(5000, entries[#entries].value)
    for i = 2, #entries do assert.equal(entries[i - 1].value + 1, entries[i].value) end
    logins.shell("rmdir " .. quoted(folder .. "/journal.jsonl"))
    journal:close()
    assert.is_true(#lines() >= 1000)
    assert.equal(1, select(2, table.concat(said, "\n"):gsub("cannot be saved", "")))
  end)

  it("has no duplicate after a half write", function()
    local journal = open_journal()
    add(journal, 1)
    home.scheduler:flush()
    local append = journal.file.append
    function journal.file.append(file, rows)
      journal.file.append = append
      append(file, { rows[1], rows[2]:sub(1, 20) })
      return nil, "the disk is full."
    end
    for i = 2, 4 do add(journal, i) end
    home.scheduler:flush()
    journal:close()
    local values = {}
    for i, entry in ipairs(open_journal():entries()) do
      values[i] = entry.value
    end
    assert.same({ 1, 2, 3, 4 }, values)
  end)

  local function put(text)
    local file = assert(io.open(folder .. "/journal.jsonl", "wb"))
    file:write(text)
    file:close()
    logins.shell("chmod 600 " .. quoted(folder .. "/journal.jsonl"))
  end

  local function fixture(name)
    local file = assert(io.open("spec/fixtures/" .. name, "rb"))
    local text = file:read "*a"
    file:close()
    return text
  end

  it("starts with a format number, or continues without one", function()
    add(open_journal(), 1)
    home.scheduler:flush()
    local file = assert(io.open(folder .. "/journal.jsonl"))
    assert.equal('{"homey_journal":1}', file:read "*l")
    file:close()
    put(fixture "journal-without-number.jsonl")
    local journal = open_journal()
    add(journal, 9)
    journal:close()
    local told = {}
    for i, entry in ipairs(open_journal():entries()) do
      told[i] = entry.kind .. " " .. tostring(entry.value)
    end
    assert.same({ "call 9", "call true", "answer nil", "call 0.5", "answer nil" }, told)
    assert.same({}, said)
  end)

  it("of a newer version is kept aside", function()
    local newer = '{"homey_journal":2}\n{"what":"nobody knows yet"}\n'
    put(newer)
    local journal = open_journal()
    assert.same({}, journal:entries())
    assert.matches(
      "^warning: the journal cannot be read: .*journal%.jsonl was written by a newer homey",
      said[1])
    add(journal, 1)
    journal:close()
    assert.equal(1, #lines())
    assert.matches(
      "^warning: the journal was written by a newer homey%. It is kept as .*/journal%-newer%.jsonl",
      said[2])
    local file = assert(io.open(folder .. "/journal-newer.jsonl", "rb"))
    assert.equal(newer, file:read "*a")
    file:close()
  end)

  it("of a newer version keeps an earlier one aside", function()
    local newer = '{"homey_journal":2}\n'
    put(newer)
    logins.shell("cp " .. quoted(folder .. "/journal.jsonl") .. " "
      .. quoted(folder .. "/journal-newer.jsonl"))
    local journal = open_journal()
    add(journal, 1)
    home.scheduler:flush()
    assert.matches(
      "^error: the journal cannot be saved: .*by a newer homey%. Use that version, or move the "
        .. "file away%.", said[1])
    local file = assert(io.open(folder .. "/journal.jsonl", "rb"))
    assert.equal(newer, file:read "*a")
    file:close()
  end)

  for what, mode in pairs { ["a link"] = "700",
    ["a link in a folder in which others may write"] = "777" } do
    it("is not written through " .. what, function()
      local target = logins.folder()
      logins.shell(("printf precious > %s; ln -s %s %s; chmod %s %s")
        :format(quoted(target), quoted(target),
        quoted(folder .. "/journal.jsonl"), mode, quoted(folder)))
      local journal = open_journal()
      add(journal, 1)
      home.scheduler:flush()
      local file = assert(io.open(target, "rb"))
      assert.equal("precious", file:read "*a")
      file:close()
      assert.matches("^error: the journal cannot be saved: .*" ..
        (mode == "700" and "journal%.jsonl is a symbolic link%. Move it away%."
          or "others may enter the folder"), said[#said])
    end)
  end

  it("continues when the disk is full", function()
    local script = ([[
      local scheduler = require("homey.task.scheduler").shared()
      local journal = require("homey.journal.journal").new(scheduler, %q)
      for i = 1, 3 do
        for k = 1, 100 do journal:add { kind = "call", at = i, n = k, name = ("x"):rep(100) } end
        scheduler:flush()
      end
      print "went on"
    ]]):format(folder)
    local text = logins.finish(logins.start(script, nil, "ulimit -f 4; trap '' XFSZ"))
    assert.matches("went on", text)
    assert.equal(1, select(2, text:gsub("cannot be saved", "")))
  end)
end)
