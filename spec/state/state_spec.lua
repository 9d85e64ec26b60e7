local Scope = require "homey.task.scope"
local core = require "homey.core"
local facade = require "homey.script.facade"
local houses = require "spec.support.house"
local log = require "homey.util.log"
local logins = require "spec.support.logins"
local advance = require "spec.support.advance"

local quoted, failure = logins.quoted, logins.failure
local house, home, folder, said

local function open(name, with) return facade.state(home.scheduler, with or home, name) end

local function text_of(name)
  local file = io.open(folder .. "/" .. (name or "state-evening.json"), "rb")
  if not file then return nil end
  local text = file:read "*a"
  file:close()
  return text
end

local function data_of(name)
  local text = text_of(name)
  return text and core.decode(text).data
end

local function write(text, name)
  local file = assert(io.open(folder .. "/" .. (name or "state-evening.json"), "wb"))
  assert(file:write(text))
  assert(file:close())
end

local function shell(command)
  local pipe = io.popen(command)
  local text = pipe:read "*a"
  pipe:close()
  return text
end

-- A home over the same folder, as after a restart.
local function again()
  if home then home:close() end
  house = houses.new()
  home = house.home
  home.state_dir = folder
  return home
end

before_each(function()
  folder, home, said = logins.folder(), nil, {}
  logins.shell("mkdir -m 700 " .. quoted(folder))
  log.to(function(level, text) said[#said + 1] = level .. ": " .. text end)
  again()
end)

after_each(function()
  home:close()
  log.to()
  logins.tidy()
end)

describe("homey.state", function()
  it("is an empty table at first", function()
    assert.same({}, open "evening")
  end)

  it("restores all values after a restart", function()
    local s = open "evening"
    s.count, s.name, s.on, s.lamps = 3, "Küche", true,
      { kitchen = { dim = 0.5 }, list = { 1, 2, 3 } }
    again()
    local restored = open "evening"
    assert.are_not.equal(s, restored)
    assert.same(s, restored)
    local keys = 0
    for _ in pairs(restored) do keys = keys + 1 end
    assert.same({ 4, 3 }, { keys, #restored.lamps.list })
  end)

  it("returns plain tables", function()
    open("evening").list = {}
    again()
    local s = open "evening"
    s.list.first = true
    again()
    assert.is_true(open("evening").list.first)
  end)

  it("is one table for each name", function()
    assert.equal(open "evening", open "evening")
    assert.are_not.equal(open "evening", open "morning")
  end)

  it("is shared by homes with the same folder", function()
    local other = houses.new().home
    other.state_dir = folder
    local s = open "evening"
    assert.equal(s, open("evening", other))
    home:close()
    s.count = 1
    other:close()
    assert.same({ count = 1 }, data_of())
  end)

  it("is on disk one second after a change", function()
    local s = open "evening"
    advance(home, 5)
    s.deep = { value = 1 }
    home.scheduler:later(0.1, function() s.deep.value = 2 end)
    advance(home, 0.2)
    s.deep.value = 3
    home.scheduler:later(0.1, function() s.deep.value = 4 end)
    advance(home, 1.2)
    assert.same({ deep = { value = 4 } }, data_of())
  end)

  it("is written at most once a second", function()
    local s, written = open "evening", 0
    local before
    for i = 1, 50 do
      home.scheduler:later(i / 10, function() s.count = i end)
    end
    for _ = 1, 60 do
      advance(home, 0.1)
      if text_of() ~= before then written = written + 1 end
      before = text_of()
    end
    assert.same({ count = 50 }, data_of())
    assert.is_true(written <= 7, written)
  end)

  it("is not written while unchanged", function()
    open("evening").count = 1
    advance(home, 3)
    home.scheduler:flush()
    os.remove(folder .. "/state-evening.json")
    home.scheduler:later(0.1, function() end)
    advance(home, 3)
    assert.is_nil(text_of())
  end)

  it("costs nothing while idle", function()
    open("evening").count = 1
    home.scheduler:run()
    assert.same({ count = 1 }, data_of())
    home.scheduler:later(0.1, function() end)
    advance(home, 3)
    assert.is_nil(home:timeout())
  end)

  for name, ending in pairs {
    ["homey.run"] = function() home.scheduler:run() end,
    ["a script"] = function() Scope.new({ scheduler = home.scheduler }):close() end,
    ["the home"] = function() home:close() end,
  } do
    it("is on disk at the end of " .. name, function()
      local s = open "evening"
      home.scheduler:flush()
      s.count = 7
      ending()
      assert.same({ count = 7 }, data_of())
    end)
  end

  it("is a file that only its owner reads", function()
    folder = folder .. "/a/b"
    home.state_dir = folder
    open("evening").count = 1
    home:close()
    assert.matches("^drwx%-%-%-%-%-%-", shell("ls -ld " .. quoted(folder)))
    assert.matches("^%-rw%-%-%-%-%-%-%-",
      shell("ls -l " .. quoted(folder .. "/state-evening.json")))
  end)

  it("refuses names that leave the folder", function()
    local names = { "../../etc/passwd", ".", "a/b", "a b", "%2F", "Küche", "a" }
    for i, name in ipairs(names) do open(name).number = i end
    again()
    for i, name in ipairs(names) do assert.equal(i, open(name).number) end
    for file in shell("ls -A " .. quoted(folder)):gmatch "[^\n]+" do
      assert.matches("^state%-[%w%%_-]+%.%w+$", file)
    end
  end)

  it("takes a name and nothing else", function()
    for _, name in ipairs { "", 1, true, {}, ("x"):rep(65) } do
      assert.equal("invalid", failure(open, name).kind)
    end
    assert.equal("invalid", failure(open).kind)
  end)
end)

describe("a table in a state", function()
  for what, value in pairs {
    ["with whole numbers for keys"] = { [7] = 3, [19] = 4 },
    ["that mixes a list and names"] = { 1, 2, x = 3 },
    ["with a hole"] = { "a", nil, "c" },
    ["with other numbers for keys"] = { [0] = 1, [-2] = 2, [1.5] = 3, [2 ^ 53] = 4 },
    ["with true and false for keys"] = { [true] = 1, [false] = 2 },
    ["with names that look like such keys"] = {
      ["7"] = 1, [7] = 2, ["#7"] = 3, ["##"] = 4, ["#"] = 5, ["#true"] = 6,
    },
    ["of such tables"] = { { [3] = { a = 1, [4] = 2 } }, {}, { { 1 } } },
    ["that is a list"] = { 1, false, "x" },
    ["that is there twice"] = (function()
      local once = { 1 }
      return { once, once }
    end)(),
  } do
    it("is restored unchanged: " .. what, function()
      open("evening").value = value
      again()
      assert.same(value, open("evening").value)
    end)
  end

  it("may contain the state itself", function()
    local s = open "evening"
    s[1], s[3], s.x = "a", "c", true
    again()
    assert.same({ "a", nil, "c", x = true }, open "evening")
  end)

  it("is read from an older version's file", function()
    write '{"homey_state":1,"data":{"#7":{"##":1}}}'
    logins.shell("chmod 600 " .. quoted(folder) .. "/*")
    assert.same({ ["#7"] = { ["##"] = 1 } }, open "evening")
    open("evening").x = 1
    again()
    assert.same({ ["#7"] = { ["##"] = 1 }, x = 1 }, open "evening")
  end)
end)

describe("a value that a state cannot hold", function()
  local loop = {}
  loop.again = loop
  local unfit = {
    ["a function"] = print, ["a thread"] = coroutine.create(function() end), ["NaN"] = 0 / 0,
    ["infinity"] = math.huge,
    ["text that is not UTF-8"] = "\255", ["a table within itself"] = loop,
    ["under a key"] = { [{}] = 1 },
    ["a homey.Home"] = function() return home end, ["a homey.Device"] = function()
      return home:device "Kitchen/Lamp"
    end,
  }
  local function made(what)
    local value = unfit[what]
    return type(value) == "function" and value ~= print and value() or value
  end

  for what in pairs(unfit) do
    local said_of_it = "lamps%.kitchen.* is " .. what:gsub("%-", "%%-")
    it("is refused with name and line on assignment: " .. what, function()
      local s = open "evening"
      local err = failure(function() s.lamps = { kitchen = made(what) } end)
      assert.equal("invalid", err.kind)
      assert.matches("^[%w_/]*state_spec%.lua:%d+: the state 'evening' .*: " .. said_of_it,
        err.message)
      assert.same({}, s)
    end)

    it("is reported once, and the rest is saved: " .. what, function()
      local s = open "evening"
      s.count, s.lamps = 1, { hall = 1, list = { 1, 2, 3 } }
      home.scheduler:flush()
      s.count, s.lamps.kitchen, s.lamps.list[2] = 2, made(what), made(what)
      for _ = 1, 3 do home.scheduler:flush() end
      assert.equal(1, #said)
      assert.matches("^error: the state 'evening' is saved without a value: " .. said_of_it
        .. ".*and 1 more", said[1])
      again()
      local lamps = open("evening").lamps
      assert.same({ 2, 1, 1, 3 },
        { open("evening").count, lamps.hall, lamps.list[1], lamps.list[3] })
      lamps.kitchen = "well"
      home.scheduler:flush()
      assert.equal("well", data_of().lamps.kitchen)
    end)
  end

  it("is reported for states in memory too", function()
    home.state_dir = nil
    open("evening").list = {}
    open("evening").list.f = print
    home:close()
    assert.equal(1, #said)
  end)

  it("includes excessive nesting", function()
    local s, inner = open "evening", {}
    s.deep, s.good = inner, 1
    for _ = 1, 2000 do
      inner.inner = {}
      inner = inner.inner
    end
    home.scheduler:flush()
    assert.matches("is a table within too many others", said[1])
    again()
    assert.equal(1, open("evening").good)
  end)
end)

describe("a state file", function()
  local whole = '{"homey_state":1,"data":{"count":1}}'
  for what, text in pairs {
    ["is torn"] = whole:sub(1, 20), ["is empty"] = "", ["is something else"] = '{"a":1}',
    ["is no object"] = "[]",
    ["holds no table"] = '{"homey_state":1,"data":5}', ["is no JSON"] = "count = 1",
    ["was written by a newer homey"] = '{"homey_state":3,"data":{"count":1}}',
  } do
    it("that " .. what .. " is reported and left unchanged", function()
      write(text)
      logins.shell("chmod 600 " .. quoted(folder) .. "/*")
      local err = failure(open, "evening")
      assert.equal("invalid", err.kind)
      assert.matches("state 'evening'", err.message, 1, true)
      assert.matches(folder .. "/state-evening.json", err.message, 1, true)
      home.scheduler:flush()
      assert.equal(text, text_of())
      write(whole)
      assert.same({ count = 1 }, open "evening")
    end)
  end

  it("that others may read is reported and left unchanged", function()
    write(whole)
    logins.shell("chmod 644 " .. quoted(folder) .. "/*")
    local err = failure(open, "evening")
    assert.equal("invalid", err.kind)
    assert.matches("chmod 600", err.message)
  end)

  it("that cannot be written is reported once and retried", function()
    local s = open "evening"
    s.count = 1
    home.scheduler:flush()
    logins.shell("chmod 400 " .. quoted(folder) .. "/state-evening.json")
    s.count = 2
    for _ = 1, 3 do home.scheduler:flush() end
    assert.equal(1, #said)
    assert.matches("^error: the state 'evening' cannot be saved: .*chmod 600", said[1])
    logins.shell("chmod 600 " .. quoted(folder) .. "/state-evening.json")
    home.scheduler:flush()
    assert.same({ count = 2 }, data_of())
  end)

  describe("on a disk that is full or read-only when opened", function()
    local keep = core.keep

    -- The message of the core.
    local function fill_disk()
      core.keep = function() -- luacheck: ignore
        return nil, "invalid", "cannot open the lock in /x: the disk is full. Free some space.",
          true
      end
    end
    local function make_room() core.keep = keep end -- luacheck: ignore

    after_each(make_room)

    it("stays in memory, warns once, and is written later", function()
      fill_disk()
      local s = open "evening"
      s.count = 1
      for _ = 1, 3 do home.scheduler:flush() end
      assert.same(
        { "error: the state 'evening' cannot be saved: cannot open the lock in /x: the disk is "
          .. "full. Free some space." }, said)
      assert.equal(s, open "evening")
      make_room()
      home.scheduler:flush()
      assert.same({ count = 1 }, data_of())
      assert.same({ 2, "info: the state 'evening' is saved again." }, { #said, said[2] })
      s.count = 2
      again()
      assert.same({ count = 2 }, open "evening")
    end)

    it("has the values on disk", function()
      write(whole)
      logins.shell("chmod 600 " .. quoted(folder) .. "/*")
      fill_disk()
      local s = open "evening"
      assert.same({ count = 1 }, s)
      make_room()
      s.count = 5
      home.scheduler:flush()
      assert.same({ count = 5 }, data_of())
    end)

    it("does not overwrite another program's changes", function()
      fill_disk()
      local s = open "evening"
      s.count = 7
      write(whole)
      logins.shell("chmod 600 " .. quoted(folder) .. "/*")
      make_room()
      for _ = 1, 3 do home.scheduler:flush() end
      assert.equal(whole, text_of())
      assert.equal(2, #said)
      assert.matches("another program has written to it meanwhile", said[2])
    end)

    it("is refused when the file cannot be read", function()
      logins.shell("mkdir " .. quoted(folder .. "/state-evening.json"))
      fill_disk()
      assert.equal("invalid", failure(open, "evening").kind)
    end)
  end)

  for name, expected in pairs {
    ["state-1.json"] = {
      count = 3, mode = "away", armed = true,
      rooms = { Hall = { last = 21.5 }, Kitchen = { last = 19 } }, list = { 1, 2, 3 } },
    ["state-2.json"] = {
      count = 3, mode = "away", armed = true,
      rooms = { Hall = { last = 21.5 }, Kitchen = { last = 19 } }, list = { 1, 2, 3 },
      [5] = "five", half = 0.5, whole = 7, big = 2 ^ 53 },
  } do
    it("is read from every earlier format: " .. name, function()
      local file = assert(io.open("spec/fixtures/" .. name, "rb"))
      write(file:read "*a")
      file:close()
      logins.shell("chmod 600 " .. quoted(folder) .. "/*")
      assert.same(expected, open "evening")
      open("evening").more = 1
      again()
      expected.more = 1
      assert.same(expected, open "evening")
    end)
  end

  it("survives a crash while it is written", function()
    open("evening").count = 1
    home:close()
    write("half of", "state-evening.tmp")
    again()
    assert.same({ count = 1 }, open "evening")
  end)
end)

describe("in a dry run", function()
  local dry

  before_each(function()
    dry = houses.new().home
    dry.state_dir, dry.dry_run = folder, true
  end)
  after_each(function() dry:close() end)

  it("reads a state without writing its changes", function()
    local s = open "evening"
    s.count = 1
    home.scheduler:flush()
    local tried = open("evening", dry)
    assert.same({ count = 1 }, tried)
    tried.count = 2
    dry.scheduler:flush()
    dry:close()
    assert.same({ count = 1 }, data_of())
    assert.equal(1, s.count)
  end)

  it("keeps one table, which may not exist", function()
    local tried = open("evening", dry)
    tried.count = 1
    assert.equal(tried, open("evening", dry))
    dry:close()
    assert.is_nil(text_of())
  end)

  it("names a file that is not understood", function()
    write "count = 1"
    assert.equal("invalid", failure(open, "evening", dry).kind)
  end)
end)

describe("without a state_dir", function()
  it("a state lives as long as the program", function()
    home.state_dir = nil
    local s = open "evening"
    s.count = 1
    advance(home, 2)
    assert.equal(s, open "evening")
    assert.equal("", shell("ls -A " .. quoted(folder)))
  end)

  it("homes in virtual time have their own states", function()
    home.state_dir = nil
    local other = houses.new().home
    open("evening").count = 1
    assert.same({}, facade.state(other.scheduler, other, "evening"))
    assert.same({}, facade.state(other.scheduler, nil, "evening"))
    other:close()
  end)
end)

describe("a program", function()
  local function env() return { HOMEY_STATE_DIR = folder } end
  local function run(script)
    return logins.finish(logins.start("local homey = require 'homey' " .. script, env()))
  end

  for how, ending in pairs {
    ["ends"] = "", ["fails"] = " error 'oh no'",
    ["runs"] = " homey.spawn(homey.sleep, 0.01) homey.run()",
    ["was changed while it ran, and ends"] =
      " homey.sleep('0.01 s') s.count = 0 homey.sleep('0.01 s') s.count = 1",
  } do
    it("saves its state when it " .. how, function()
      run("local s = homey.state 'evening' s.count = 1" .. ending)
      assert.same({ count = 1 }, data_of())
      assert.equal("1\n", run "print((homey.state 'evening').count + 0)")
    end)
  end

  it("loses at most a second when killed", function()
    local process = logins.start([[
      local homey = require "homey"
      local s = homey.state "evening"
      while true do
        homey.sleep("0.02 s")
        s.count = (s.count or 0) + 1
      end
    ]], env())
    logins.wait_until(function() return data_of() and (data_of().count or 0) > 1 end, core.pause)
    logins.kill(process)
    assert.is_true(data_of().count > 1)
    assert.equal("true\n", run "print((homey.state 'evening').count > 1)")
  end)

  it("reads another program's state in a dry run", function()
    open("evening").count = 1
    home.scheduler:flush()
    local script =
      "local homey = require 'homey' local s = homey.state 'evening' print(s.count + 0) s.count = 2"
    assert.equal("1\n",
      logins.finish(logins.start(script, { HOMEY_STATE_DIR = folder, HOMEY_DRY_RUN = "1" })))
    assert.same({ count = 1 }, data_of())
  end)

  it("gets an error when another program has the state", function()
    open "evening"
    local text = run "print(pcall(homey.state, 'evening'))"
    assert.matches("state 'evening': another process is using it", text)
    home:close()
    assert.equal("true\n", run "print((pcall(homey.state, 'evening')))")
  end)
end)
