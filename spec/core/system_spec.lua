-- homey.system: signals, folders and terminals.
local command = require "spec.support.command"
local core = require "homey.core"
local cs = require "cqueues.socket"
local logins = require "spec.support.logins"
local system = require "homey.system"

local function shell(format, ...) logins.shell(format:format(...)) end

describe("homey.system", function()
  local folder

  before_each(function() folder = command.folder() end)
  after_each(command.tidy)

  it("has the functions of its annotations only", function()
    local text = command.read "lua/homey/meta/system.lua"
    local told, has = {}, {}
    for name in text:gmatch "\nfunction system%.([%a_]+)%(" do told[#told + 1] = name end
    for name in pairs(system) do has[#has + 1] = name end
    table.sort(told)
    table.sort(has)
    assert.same(told, has)
  end)

  if command.read "/proc/self/status" ~= "" then
    it("gives memory that is not needed back to the system", function()
      local function mapped()
        return tonumber(command.read("/proc/self/status"):match "RssFile:%s*(%d+)")
      end
      local function used() return core.encode(core.decode '[1,"two",{"three":3.5}]') end
      assert.equal('[1,"two",{"three":3.5}]', used())
      local before = mapped()
      system.trim()
      assert.is_true(mapped() < 0.8 * before, mapped() .. " of " .. before)
      assert.equal('[1,"two",{"three":3.5}]', used())
    end)
  end

  it("tells modes, owners and room", function()
    command.write(folder .. "/file", "x")
    shell("chmod 640 '%s/file'", folder)
    local kind, _, mode, own = system.stat(folder .. "/file")
    assert.same({ "file", 416, true }, { kind, mode, own })
    assert.is_true(system.room(folder) > 0)
    local room, problem = system.room(folder .. "/nothing")
    assert.same({ nil, "No such file or directory" }, { room, problem })
  end)

  it("has the methods of its annotations", function()
    local text = command.read "lua/homey/meta/system.lua"
    local objects = { Watch = system.watch(), Signals = system.signals {} }
    for class, object in pairs(objects) do
      for name in text:gmatch("\nfunction " .. class .. ":([%a_]+)%(") do
        assert.is_function(object[name], name)
      end
      object:close()
    end
  end)

  describe("poll", function()
    it("returns when its time is over", function()
      assert.equal(0, system.poll({}, 0.01))
    end)

    it("returns when a descriptor is readable", function()
      local signals = system.signals { "USR1" }
      shell("kill -USR1 %d", system.pid())
      assert.equal(1, system.poll { signals:fd() })
      signals:close()
    end)

    it("refuses an invalid list of descriptors", function()
      assert.has_error(function() system.poll({ "x" }, 0) end)
      assert.has_error(function() system.poll(3, 0) end)
      assert.has_error(function() system.poll({}, 0 / 0) end)
    end)
  end)

  describe("signals", function()
    it("arrive in order, by name", function()
      local signals = system.signals { "USR1", "HUP", "PIPE" }
      for _, name in ipairs { "HUP", "USR1", "PIPE" } do
        shell("kill -%s %d", name, system.pid())
      end
      assert.same({ "HUP", "USR1", "PIPE" }, { signals:next(), signals:next(), signals:next() })
      assert.is_nil(signals:next())
      signals:close()
    end)

    it("can be caught again only after close", function()
      local signals = system.signals { "USR1" }
      assert.has_error(function() system.signals { "USR2" } end)
      signals:close()
      system.signals({ "USR2" }):close()
    end)

    it("refuse an unknown name, and refuse use after close", function()
      assert.has_error(function() system.signals { "KILLER" } end)
      local signals = system.signals {}
      signals:close()
      signals:close()
      assert.has_error(function() signals:next() end)
    end)

    it("have their earlier effect after close", function()
      local process = logins.start [[
        local system = require "homey.system"
        system.signals({ "TERM" }):close()
        os.execute("kill -TERM " .. system.pid())
        print "still here"
      ]]
      assert.equal("", logins.finish(process))
    end)

    it("end the program when they come a second time", function()
      local process = logins.start [[
        local system = require "homey.system"
        local signals = system.signals { "TERM" } -- system() ignores INT
        os.execute("kill -TERM " .. system.pid())
        io.stdout:write(signals:next(), " caught")
        io.stdout:flush()
        os.execute("kill -TERM " .. system.pid())
        print ", and still here"
      ]]
      assert.equal("TERM caught", logins.finish(process))
    end)
  end)

  describe("a watch", function()
    local watch, number

    before_each(function()
      watch = assert(system.watch())
      number = assert(watch:add(folder))
    end)
    after_each(function() watch:close() end)

    local function events()
      local list = {}
      while system.poll({ watch:fd() }, 0) > 0 do
        for of, what, name in watch.next, watch do
          list[#list + 1] = ("%s %s %s")
            :format(of == number and "folder" or of, what, tostring(name))
        end
      end
      return list
    end

    it("reports files that are written", function()
      command.write(folder .. "/a.lua", "x = 1")
      assert.same({ "folder named a.lua", "folder written a.lua", "folder written a.lua" },
        events())
      assert.same({}, events())
    end)

    it("reports files that are renamed or removed", function()
      command.write(folder .. "/a", "")
      events()
      os.rename(folder .. "/a", folder .. "/b")
      os.remove(folder .. "/b")
      assert.same({ "folder named a", "folder named b", "folder named b" }, events())
    end)

    it("reports that the folder is gone", function()
      shell("rmdir %s", folder)
      local list = events()
      assert.equal("folder over nil", list[#list])
    end)

    it("is silent about removed folders", function()
      watch:remove(number)
      events()
      command.write(folder .. "/a", "")
      assert.same({}, events())
    end)

    it("has one number for each folder", function()
      assert.equal(number, watch:add(folder .. "/."))
    end)

    it("refuses a path that is no folder", function()
      local none, problem = watch:add(folder .. "/none")
      assert.is_nil(none)
      assert.equal(folder .. "/none: No such file or directory", problem)
      command.write(folder .. "/file", "")
      assert.is_nil((watch:add(folder .. "/file")))
    end)
  end)

  describe("multicast", function()
    it("takes a group and a port, and refuses use after close", function()
      assert.has_error(function() system.multicast("192.168.1.20", 5353) end)
      assert.has_error(function() system.multicast("224.0.0.251", 0) end)
      local socket = assert(system.multicast("224.0.0.251", 5353))
      assert.is_number((socket:fds()))
      assert.is_nil((socket:receive()))
      assert.has_error(function() socket:send(("x"):rep(9001)) end)
      socket:close()
      socket:close()
      assert.has_error(function() socket:receive() end)
    end)
  end)

  describe("files", function()
    it("are listed without the folder itself", function()
      command.write(folder .. "/one", "")
      shell("mkdir %s/two", folder)
      local names = system.list(folder)
      table.sort(names)
      assert.same({ "one", "two" }, names)
      local none, problem = system.list(folder .. "/none")
      assert.is_nil(none)
      assert.matches("none: No such file", problem)
    end)

    it("have a mark that changes with each write", function()
      local path = folder .. "/a"
      command.write(path, "1")
      local kind, mark = system.stat(path)
      assert.same({ "file", mark }, { kind, (select(2, system.stat(path))) })
      command.write(path, "12")
      local _, longer = system.stat(path)
      assert.not_equal(mark, longer)
      command.write(folder .. "/b", "12")
      os.rename(folder .. "/b", path)
      assert.not_equal(longer, (select(2, system.stat(path))))
      assert.equal("folder", (system.stat(folder)))
      assert.is_nil((system.stat(folder .. "/none")))
    end)

    it("have one real path despite links", function()
      command.write(folder .. "/a", "")
      shell("ln -s a %s/link && ln -s link %s/link2", folder, folder)
      assert.equal(system.real(folder .. "/a"), system.real(folder .. "/link2"))
      assert.is_nil((system.real(folder .. "/none")))
    end)
  end)

  describe("notify", function()
    it("sends a datagram to a socket by path", function()
      local path = folder .. "/socket"
      local listener = cs.listen { path = path, type = cs.SOCK_DGRAM }
      listener:listen()
      assert.is_true(system.notify(path, "READY=1\nSTATUS=well"))
      assert.equal("READY=1\nSTATUS=well", listener:recv(-100))
      listener:close()
    end)

    it("sends a datagram to an abstract socket", function()
      local name = "homey-spec-" .. core.uuid()
      local process = io.popen(([[perl -MSocket -e '$| = 1; socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die;
        bind($s, pack("Sa*", AF_UNIX, "\0%s")) or die; print "bound\n"; recv($s, my $text, 100, 0);
        print "$text\n"']]):format(name))
      assert.equal("bound", process:read "*l")
      assert.is_true(system.notify("@" .. name, "WATCHDOG=1"))
      assert.equal("WATCHDOG=1", process:read "*l")
      process:close()
    end)

    it("reports why it failed", function()
      for path, reason in pairs {
        [folder .. "/none"] = "No such file", ["vsock:2:3"] = "not supported",
        ["/" .. ("x"):rep(200)] = "not supported",
      } do
        local sent, problem = system.notify(path, "READY=1")
        assert.is_nil(sent)
        assert.matches(reason, problem)
      end
    end)
  end)

  describe("a terminal", function()
    -- The terminal output of a program with typed input.
    local function typed(program, keys)
      command.write(folder .. "/typed.lua", program)
      local pipe = io.popen(("perl spec/support/terminal.pl ready '%s' %s %s/typed.lua"):format(
        keys, require("homey.sim.control.process").interpreter(), folder))
      local shown = pipe:read "*a"
      pipe:close()
      return shown
    end

    local program = [[
      local system = require "homey.system"
      io.stdout:setvbuf "no"
      local line = system.isatty(0) and system.secret "ready"
      print(line and "[" .. #line .. "]" or "given up")
      local file = io.open(arg[0]:gsub("lua$", "line"), "w")
      file:write(line or "nothing")
      file:close()
    ]]

    for what, case in pairs {
      ["a line"] = { [[s3cret word\r]], "s3cret word" },
      ["a line that is corrected"] = { [[wrong\025s3crat\177\177et\r]], "s3cret" },
      ["a letter of several bytes that is taken back"] = { [[s3cret\303\251\177\r]], "s3cret" },
      ["Ctrl-C"] = { [[s3cret\003]], "nothing" },
      ["the end of input"] = { [[\004]], "nothing" },
    } do
      it("reads " .. what .. " without echo", function()
        local shown = typed(program, case[1])
        assert.equal(case[2], command.read(folder .. "/typed.line"), shown)
        assert.is_nil(shown:find("s3c", 1, true), shown)
      end)
    end

    it("is refused where there is no terminal", function()
      assert.is_false(system.isatty(0))
      local line, problem = system.secret "Password: "
      assert.is_nil(line)
      assert.is_string(problem)
    end)
  end)
end)
