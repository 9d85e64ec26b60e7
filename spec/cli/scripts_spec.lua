-- Script files: which ones run, and their reload on a change; without a process, in virtual time.
local House = require "spec.support.house"
local Scripts = require "homey.cli.runner.scripts"
local advance = require "spec.support.advance"
local command = require "spec.support.command"
local fake = require "spec.support.fake_core_loop"
local logins = require "spec.support.logins"

describe("the scripts of homey run", function()
  local house, folder, lines, failures, opened

  before_each(function()
    house, lines, failures, opened = House.new(), {}, {}, {}
    folder = command.folder()
  end)
  after_each(function()
    house.home:close()
    command.tidy()
  end)

  local function write(name, text) command.write(folder .. "/" .. name, text) end

  local function scripts(...)
    local paths = { ... }
    for i, path in ipairs(paths) do paths[i] = { path = folder .. path, args = {} } end
    return Scripts.new(paths, {
      home = house.home,
      log = function(level, text, file)
        lines[#lines + 1] = ("%s %s: %s")
          :format(level, file, (text:gsub("\n.*", ""):gsub(folder, "")))
      end,
      failed = function(err) failures[#failures + 1] = err end,
      opened = function(path) opened[#opened + 1] = path end,
    })
  end

  local function said()
    local list = lines
    lines = {}
    return list
  end

  local function pass(seconds) advance(house.home, seconds) end

  it("are the named files and folders, each once", function()
    logins.shell(("mkdir %s/sub && cd %s && ln -s b.lua link.lua"):format(folder, folder))
    for _, name in ipairs { "a.lua", "b.lua", "_helper.lua", ".hidden.lua", "#b.lua#", "c.lua~",
      "notes.txt", "sub/d.lua" } do
      write(name, "print 'runs'")
    end
    local all = scripts("/b.lua", "", "/./b.lua", "/link.lua")
    all:update()
    assert.same({ "info b.lua: started", "info b.lua: runs", "info a.lua: started",
      "info a.lua: runs" }, said())
    assert.equal(2, all:count())
    all:update()
    assert.same({}, said())
    all:stop()
  end)

  it("report the first path that does not exist", function()
    write("a.lua", "")
    assert.is_nil(scripts("", "/a.lua"):missing())
    assert.equal(folder .. "/none", scripts("/a.lua", "/none"):missing())
  end)

  it("are reloaded on a change, after their end", function()
    write("a.lua", "require 'homey'.every('1 s', function() print 'one' end)")
    local all = scripts ""
    all:update()
    pass(2.5)
    assert.same({ "info a.lua: started", "info a.lua: one", "info a.lua: one" }, said())
    write("a.lua", "require 'homey'.every('1 s', function() print 'second' end)")
    all:update()
    pass(1.5)
    assert.same({ "info a.lua: reloaded", "info a.lua: second" }, said())
    all:stop()
    pass(3)
    assert.same({}, said())
    assert.equal(0, house.home.scheduler.active_handles)
  end)

  it("keep running until the new file compiles", function()
    write("a.lua", "require 'homey'.every('1 s', function() print 'one' end)")
    local all = scripts ""
    all:update()
    write("a.lua", "local x = = 3")
    all:update()
    all:update()
    pass(1.5)
    assert.same({
      "info a.lua: started",
      "error a.lua: /a.lua:1: unexpected symbol near '='. The previous version keeps running.",
      "info a.lua: one",
    }, said())
    write("a.lua", "print 'well'")
    all:update()
    assert.same({ "info a.lua: well", "info a.lua: reloaded" }, said())
  end)

  it("that never compiled are reported once and retried", function()
    write("a.lua", "local x = = 3")
    local all = scripts ""
    all:update()
    all:update()
    assert.same(
      { "error a.lua: /a.lua:1: unexpected symbol near '='. Save the file to restart it." }, said())
    write("a.lua", "print 'well'")
    all:update()
    assert.same({ "info a.lua: started", "info a.lua: well" }, said())
  end)

  it("that raise are retried at their next change", function()
    write("a.lua", "print 'once' error 'broken'")
    local all = scripts ""
    all:update()
    all:update()
    pass(1000)
    assert.same({ "info a.lua: started", "info a.lua: once", "error a.lua: /a.lua:1: broken",
      "error a.lua: stopped. Save the file to restart it." }, said())
    assert.equal(1, #failures)
    write("a.lua", "print 'mended'")
    all:update()
    assert.same({ "info a.lua: started", "info a.lua: mended" }, said())
  end)

  it("that fail without the hub are restarted with backoff", function()
    house.core_loop:on("GET /x", fake.fail("offline", "no hub."))
    write("a.lua", "require 'homey'.get '/x' print 'there'")
    local all = scripts ""
    all:update()
    pass(31)
    assert.same({
      "info a.lua: started", "error a.lua: /a.lua:1: no hub.",
      "warning a.lua: restarts in 10 s: the hub failed.",
      "info a.lua: restarted", "info a.lua: restarted",
    }, said())
    house.core_loop:on("GET /x", {})
    pass(100)
    assert.same({ "info a.lua: restarted", "info a.lua: there" }, said())
    pass(600)
    assert.same({
      "error a.lua: /a.lua:1: no hub. ... and 2 more like it in the last 10 min",
      "warning a.lua: restarts in 40 s: the hub failed. ... and 2 more like it in the last 10 min",
    }, said())
    all:stop()
  end)

  it("that are deleted end", function()
    write("a.lua", "require 'homey'.every('1 s', function() print 'one' end)")
    write("b.lua", "require 'homey'.get '/never'")
    local all = scripts("", "/b.lua")
    all:update()
    os.remove(folder .. "/a.lua")
    os.remove(folder .. "/b.lua")
    said()
    all:update()
    local removed = said()
    table.sort(removed)
    assert.same({ "info a.lua: removed", "info b.lua: removed" }, removed)
    pass(3)
    assert.same({}, said())
    assert.equal(0, all:count())
  end)

  it("that are empty are still being written", function()
    write("a.lua", "print 'one'")
    local all = scripts ""
    all:update()
    write("a.lua", "")
    all:update()
    assert.equal(1, all:count())
    write("a.lua", "print 'two'")
    all:update()
    assert.same({ "info a.lua: started", "info a.lua: one", "info a.lua: two",
      "info a.lua: reloaded" }, said())
  end)

  describe("that require modules next to them", function()
    local all

    before_each(function()
      logins.shell("mkdir " .. folder .. "/lib")
      write("_one.lua", "return 'one'")
      write("lib/two.lua", "return 'two'")
      write("a.lua",
        "print(require '_one', require 'lib.two') require 'homey'.after('1 s', function() require "
          .. "'lib.late' end)")
      write("lib/late.lua", "print 'late'")
      write("b.lua", "print 'b'")
      all = scripts ""
      all:update()
      said()
    end)
    after_each(function() all:stop() end)

    it("are reloaded when a module changes", function()
      write("lib/two.lua", "return 'another'")
      all:update()
      assert.same({ "info a.lua: one\tanother", "info a.lua: reloaded" }, said())
    end)

    it("are reloaded when a late module changes", function()
      pass(1.5)
      said()
      assert.equal(folder .. "/lib/late.lua", opened[#opened])
      write("lib/late.lua", "print 'another'")
      all:update()
      assert.same({ "info a.lua: one\ttwo", "info a.lua: reloaded" }, said())
    end)

    it("keep running when a module does not compile", function()
      write("_one.lua", "return return")
      all:update()
      all:update()
      local list = said()
      assert.equal(1, #list)
      assert.matches("^error a.lua: /_one.lua:1: .*. The previous version keeps running%.$",
        list[1])
      write("_one.lua", "return 'mended'")
      all:update()
      assert.same({ "info a.lua: mended\ttwo", "info a.lua: reloaded" }, said())
    end)

    it("keep running without a module, and reload with it", function()
      os.remove(folder .. "/lib/two.lua")
      all:update()
      assert.same({}, said())
      write("lib/two.lua", "return 'back'")
      all:update()
      assert.same({ "info a.lua: one\tback", "info a.lua: reloaded" }, said())
    end)

    it("name the folders to watch for modules", function()
      local folders = all:folders()
      assert.is_true(folders[folder] and folders[folder .. "/lib"])
    end)
  end)

  local prints_args = [[
    local given, path = ...
    assert(path:find "a.lua")
    local after = { "duration", default = "5 min" }
    print(given.lamp, require "homey".args { lamp = "text", after = after }.after)
  ]]

  it("have arguments, and run once with each", function()
    write("a.lua", prints_args)
    local all = Scripts.new({
      { path = folder .. "/a.lua", args = { lamp = "one" } },
      { path = folder .. "/a.lua", args = { lamp = "two", after = "1 min" } },
      { path = folder .. "/./a.lua", args = { lamp = "one" } },
    }, {
      home = house.home, failed = print, opened = print,
      log = function(_, text) lines[#lines + 1] = text end,
    })
    all:update()
    assert.same({ "started", "one\t300", "started", "two\t60" }, said())
    all:stop()
  end)

  it("run with the arguments that homey.conf.lua gives, and anew when it changes", function()
    write("a.lua", prints_args)
    write("b.lua", "print 'plain'")
    write("homey.conf.lua", [[return {
      { "a.lua", name = "hall", args = { lamp = "Hall/Lamp", after = 10 } },
      { "a.lua", args = { lamp = "Kitchen/Lamp" } },
    }]])
    local all = scripts ""
    all:update()
    assert.same({ "info a.lua (hall): started", "info a.lua (hall): Hall/Lamp\t10",
      "info a.lua: started", "info a.lua: Kitchen/Lamp\t300", "info b.lua: started",
      "info b.lua: plain" }, said())
    write("homey.conf.lua",
      [[return { { "a.lua", name = "hall", args = { lamp = "Hall/Lamp" } } }]])
    all:update()
    assert.same({ "info a.lua: removed", "info a.lua (hall): removed",
      "info a.lua (hall): started", "info a.lua (hall): Hall/Lamp\t300" }, said())
    all:stop()
  end)

  it("tell calls apart by the whole of long arguments, and by their names", function()
    local long = ("x"):rep(60)
    write("a.lua", prints_args)
    write("homey.conf.lua", ([[return {
      { "a.lua", name = "one", args = { lamp = "%s1" } },
      { "a.lua", name = "two", args = { lamp = "%s2" } },
      { "a.lua", name = "three", args = { lamp = "%s2" } },
    }]]):format(long, long, long))
    local all = scripts ""
    all:update()
    assert.equal(3, all:count())
    all:stop()
  end)

  it("name a file of homey.conf.lua that is not there, once", function()
    write("a.lua", prints_args)
    write("homey.conf.lua", "return { { 'motoin.lua' }, { 'a.lua', args = { lamp = 'x' } } }")
    local all = scripts ""
    all:update()
    all:update()
    local list = said()
    assert.equal("error homey.conf.lua: entry 1 names 'motoin.lua', which is not in the folder.",
      list[1])
    assert.equal(3, #list)
    all:stop()
  end)

  for name, case in pairs {
    ["has a hole"] = { "return { nil, { 'a.lua' } }", "entry 1 is nil" },
    ["has a named entry"] = { "return { x = { 'a.lua' } }", "no keys such as 'x'" },
    ["names a file above"] = { "return { { '../a.lua' } }", "entry 1 begins with the name" },
    ["has a text as entry"] = { "return { 'a.lua' }", "entry 1 takes a table such as" },
    ["has a table as argument"] = { "return { { 'a.lua', args = { x = {} } } }",
      "`x` takes text, a number, true or false, not a table" },
    ["has arguments without names"] = { "return { { 'a.lua', args = { 1, x = 2 } } }",
      "none under the key 1" },
    ["does not compile"] = { "return {", "homey.conf.lua:1" },
    ["returns no list"] = { "return 7", "returns a list of scripts, not 7" },
    ["names no file"] = { "return { { args = {} } }", "entry 1 begins with the name" },
    ["names a file elsewhere"] = { "return { { '/etc/a.lua' } }", "entry 1 begins with the name" },
    ["has an unknown field"] = { "return { { 'a.lua', arg = {} } }", "no option 'arg'" },
    ["calls a function"] = { "return print()", "homey.conf.lua:1" },
  } do
    it(("keep running when homey.conf.lua %s"):format(name), function()
      write("a.lua", prints_args)
      write("homey.conf.lua", "return { { 'a.lua', args = { lamp = 'x' } } }")
      local all = scripts ""
      all:update()
      said()
      write("homey.conf.lua", case[1])
      all:update()
      all:update()
      local list = said()
      assert.equal(1, #list)
      assert.is_truthy(list[1]:find(case[2], 1, true), list[1])
      assert.matches("The scripts run as before", list[1])
      assert.equal(1, all:count())
      all:stop()
    end)
  end
end)
