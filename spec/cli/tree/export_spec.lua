-- homey export: a home as a tree of files, in virtual time on hubs of both versions, and over
-- sockets.
local command = require "spec.support.command"
local core = require "homey.core"
local export = require "homey.cli.tree.export"
local failure = require "spec.support.failure"
local file_names = require "homey.cli.tree.file_names"
local logins = require "spec.support.logins"
local sim = require "homey.sim"

local quoted = logins.quoted

local function shell_output(line)
  local pipe = io.popen(line)
  local out = pipe:read "*a"
  pipe:close()
  return out
end

-- Paths and bytes of all files.
local function bytes_of(folder)
  return shell_output(("cd %s && find . -type f | LC_ALL=C sort | xargs -d '\\n' tail -n +1")
    :format(quoted(folder)))
end

-- Also their times and inodes, which a file that is written again does not keep.
local function marks_of(folder)
  return shell_output(("cd %s && find . -type f -printf '%%p %%i %%T@\\n' | LC_ALL=C sort")
    :format(quoted(folder)))
end

describe("a file name in a tree", function()
  for name, part in pairs {
    ["Cosy evening"] = "Cosy evening", ["../../etc/passwd"] = "__.._etc_passwd", [".."] = "_",
    [".git"] = "_git", [""] = "_", [" "] = "_", ["a/b\\c"] = "a_b_c", ["Küche ☀"] = "Küche ☀",
    ["客厅"] = "客厅", ["Гостиная"] = "Гостиная", ["What?"] = "What_", ["nul"] = "nul_",
    ["a\nb\0c"] = "a_b_c", ["\226\128\174evil"] = "_evil", ["trailing. "] = "trailing",
    [("é"):rep(100)] = ("é"):rep(60),
  } do
    it(("for %q is allowed on every system"):format(name), function()
      assert.equal(part, file_names.part(name))
    end)
  end
end)

for version = 2, 3 do
  describe(("homey export on a hub of version %d"):format(version), function()
    local home, folder

    before_each(function()
      folder = command.folder() .. "/tree"
      home = sim.home(nil, { api_version = version, quiet = true })
    end)
    after_each(function()
      home:close()
      command.tidy()
    end)

    local function read(path)
      return (assert(core.decode(command.read(folder .. "/" .. path))))
    end

    it("writes the same bytes of the same home", function()
      export.run(home, folder)
      export.run(home, folder .. "-again")
      assert.equal(bytes_of(folder), bytes_of(folder .. "-again"))
    end)

    it("touches no file of an unchanged home", function()
      export.run(home, folder)
      local before = marks_of(folder)
      assert.same({}, (export.run(home, folder)))
      assert.equal(before, marks_of(folder))
    end)

    it("leaves out what changes by itself", function()
      export.run(home, folder)
      local before = marks_of(folder)
      home:operate("Hall/Motion", "alarm_motion", true)
      home:device("Kitchen/Lamp"):set("dim", 0.77)
      home:flow("Good night"):start()
      home:advance "1 h"
      export.run(home, folder)
      assert.equal(before, marks_of(folder))
    end)

    it("has whole ids of cards, whatever the version", function()
      export.run(home, folder)
      assert.equal("homey:device:ff469433-66b3-458d-ad73-14530d8f9b39:off",
        read("flows/Evening/Good night.json").actions[1].id)
      local cards = read("advanced_flows/Slow sunrise.json").cards
      assert.equal("homey:device:7f60d1b8-3c2a-4e95-a7d4-05e8c9b61f22:dim",
        cards["7c94e1b5-a8d2-4f06-b3e7-2f5a0d9c8b51"].id)
    end)

    it("removes the file of what is gone, and no other", function()
      export.run(home, folder)
      command.write(folder .. "/variables/Mine.json", "{}")
      command.write(folder .. "/variables/notes.txt", "x")
      home:variable("Guests"):remove { confirm = true }
      local done = export.run(home, folder)
      assert.same({ { file = "variables/Guests.json", outcome = "removed" } }, done)
      assert.equal("{}", command.read(folder .. "/variables/Mine.json"))
      assert.equal("x", command.read(folder .. "/variables/notes.txt"))
    end)

    it("moves the file of what has another name or place", function()
      export.run(home, folder)
      home:device("Kitchen/Lamp"):rename "Light"
      local done = export.run(home, folder)
      assert.same({
        { file = "devices/Kitchen/Lamp.json", outcome = "removed" },
        { file = "devices/Kitchen/Light.json", outcome = "new" },
      }, done)
    end)

    it("keeps what was edited, and takes in what else the home has changed", function()
      export.run(home, folder)
      local path = folder .. "/variables/Guests.json"
      local edited = command.read(path):gsub('"value": 2', '"value": 9')
      command.write(path, edited)
      home:variable("House mode"):set "away"
      assert.same({
        { file = "variables/Guests.json", outcome = "kept" },
        { file = "variables/House mode.json", outcome = "changed" },
      }, (export.run(home, folder)))
      assert.equal(edited, command.read(path))
      assert.equal("away", read("variables/House mode.json").value)
    end)

    it("does not overwrite what both have changed, unless it is told to", function()
      export.run(home, folder)
      local path = folder .. "/variables/Guests.json"
      local edited = command.read(path):gsub('"value": 2', '"value": 9')
      command.write(path, edited)
      home:variable("Guests"):set(3)
      local err = failure(export.run, home, folder)
      assert.equal("invalid", err.kind)
      assert.matches("variables/Guests.json", err.message)
      assert.equal(edited, command.read(path))
      export.run(home, folder, true)
      assert.equal(3, read("variables/Guests.json").value)
    end)

    it("does not overwrite the tree of another home", function()
      export.run(home, folder)
      local base = command.read(folder .. "/home.json"):gsub("4c8e1f7a90b25d36e8f10c47", "0ther")
      command.write(folder .. "/home.json", base)
      assert.matches("is a tree of the home 'Sunny House', not of 'Sunny House'",
        failure(export.run, home, folder).message)
    end)

    it("gives things of one name different files", function()
      for _, name in ipairs { "Twin", "twin", "TWIN" } do
        home:create_variable { name = name, value = 1 }
      end
      export.run(home, folder)
      local names = shell_output(("ls %s/variables | grep -i twin"):format(quoted(folder)))
      local count = 0
      for name in names:gmatch "[^\n]+" do
        assert.matches("^[Tt][Ww][Ii][Nn] %(%x%x%x%x%x%x%x%x%)%.json$", name)
        count = count + 1
      end
      assert.equal(3, count)
    end)

    it("follows no link out of the folder", function()
      local outside = command.folder()
      os.execute(("mkdir -p %s && ln -s %s %s/variables"):format(quoted(folder), quoted(outside),
        quoted(folder)))
      assert.matches("leads out of", failure(export.run, home, folder).message)
      assert.equal("", shell_output("ls " .. quoted(outside)))
    end)

    it("makes no folder behind a link that leads out", function()
      local outside = command.folder()
      os.execute(("mkdir -p %s && ln -s %s %s/devices"):format(quoted(folder), quoted(outside),
        quoted(folder)))
      local Folder = require "homey.cli.tree.folder"
      local tree = Folder.at(folder)
      local err = failure(tree.write, tree, "devices/Hall/Lamp.json", "{}")
      assert.matches("leads out of", err.message)
      assert.equal("", shell_output("ls " .. quoted(outside)))
    end)

    it("removes nothing outside the folder, whatever home.json names", function()
      export.run(home, folder)
      local outside = folder .. "-outside.json"
      command.write(outside, "{}")
      for _, path in ipairs {
        "../tree-outside.json", "variables/../../tree-outside.json", "/etc/x.json", "home.json",
      } do
        local base = command.read(folder .. "/home.json")
        command.write(folder .. "/home.json", (base:gsub('"written": {',
          ('"written": {"%s": {"id":"1"},'):format(path))))
        assert.matches("names a file that cannot belong to a tree",
          failure(export.run, home, folder).message)
        command.write(folder .. "/home.json", base)
      end
      assert.equal("{}", command.read(outside))
    end)
  end)
end

describe("the command homey export", function()
  local env

  setup(function() env = command.at_sim() end)
  teardown(command.leave_sim)

  it("tells what it has written, and then that nothing has changed", function()
    local folder = command.folder()
    local out = command.succeed(env, "export", folder)
    assert.matches("new\tdevices/Kitchen/Lamp.json\n", out)
    assert.matches("^Nothing has changed: %d+ files%.\n$", command.succeed(env, "export", folder))
    assert.equal("[]\n", command.succeed(env, "export", folder, "--json"))
  end)

  it("refuses what is no folder", function()
    local code, _, err = command.run(env, "export", "README.md")
    assert.equal(2, code)
    assert.matches("README.md is not a folder", err)
  end)

  it("says that it cannot write", function()
    local code, out, err = command.run(env, "export", "/proc/none/tree")
    assert.same({ 1, "" }, { code, out })
    assert.matches("^homey export: cannot make the folder /proc/none: .-%.\n$", err)
  end)
end)
