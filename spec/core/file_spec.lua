local core = require "homey.core"
local logins = require "spec.support.logins"
local collect_all = require "spec.support.collect_all"

local quoted = logins.quoted
local folder, path

before_each(function()
  folder = logins.folder()
  path = folder .. "/deep/state-x.json"
end)

after_each(logins.tidy)

local function shell(command)
  local pipe = io.popen(command)
  local text = pipe:read "*a"
  pipe:close()
  return text
end

describe("a stored file", function()
  it("is complete or missing", function()
    local file = assert(core.keep(path, "state"))
    assert.is_nil(file:load())
    for _, text in ipairs { "one", "", "a\0b", ("x"):rep(100000) } do
      assert.is_true(file:save(text))
      assert.equal(text, file:load())
    end
    file:close()
    assert.equal("state-x.json\nstate-x.lock\n", shell("ls -A " .. quoted(folder .. "/deep")))
  end)

  it("may have a name without an ending", function()
    local file = assert(core.keep(folder .. "/current", "login"))
    assert.is_true(file:save "a name")
    assert.equal("a name", file:load())
    file:close()
    assert.equal("current\ncurrent.lock\n", shell("ls -A " .. quoted(folder)))
  end)

  it("is replaced without waiting for the disk", function()
    local file = assert(core.keep(path, "index"))
    assert.is_true(file:save("one", false))
    assert.is_true(file:save("two", false))
    assert.equal("two", file:load())
    file:close()
  end)

  it("is read while another program has it", function()
    assert.is_nil(core.peek(path, "index"))
    local file = assert(core.keep(path, "index"))
    assert.is_nil(core.peek(path, "index"))
    file:save "a\0b"
    assert.equal("a\0b", core.peek(path, "index"))
    file:close()
    shell("chmod 644 " .. quoted(path))
    local text, kind, message = core.peek(path, "index")
    assert.is_nil(text)
    assert.equal("invalid", kind)
    assert.matches("others may use the index in", message)
    assert.matches("a path such as", logins.failure(core.peek, "x.json", "index"))
  end)

  it("of a login has a name that does not show the account", function()
    shell("mkdir -m 700 " .. quoted(folder))
    assert.equal(folder .. "/login-3f575ecd85c88ddd.json",
      core.login_file(folder, "http://127.0.0.1:18123"))
    assert.equal(core.login_file(folder, "x"), core.login_file(folder, "x"))
    assert.not_equal(core.login_file(folder, "x"), core.login_file(folder, "y"))
    local other = core.login_file(folder, "x")
    shell(("touch %s; chmod 600 %s"):format(quoted(other), quoted(other)))
    assert.equal(other, core.login_file(folder, ""))
    assert.is_nil(core.login_file(folder .. "/none", "x"))
  end)

  it("belongs to its owner under any umask", function()
    local script = ("local f = require('homey.core').keep(%q, 'state') f:save 'x'"):format(path)
    logins.finish(logins.start(script, nil, "umask 0"))
    assert.matches("^drwx%-%-%-%-%-%-", shell("ls -ld " .. quoted(folder .. "/deep")))
    assert.matches("^%-rw%-%-%-%-%-%-%-", shell("ls -l " .. quoted(path)))
  end)

  it("is locked until closed, collected, or its process ends", function()
    local file = assert(core.keep(path, "state"))
    assert.equal("unavailable", select(2, core.keep(path, "state")))
    assert.matches("another process uses the state", select(3, core.keep(path, "state")))
    file:close()
    assert.is_nil(assert(core.keep(path, "state")):load()) -- this one is not locked
    collect_all()
    assert(core.keep(path, "state")):close()
    local process = logins.start(([[
      local f = require("homey.core").keep(%q, "state")
      f:save "x"
      require("homey.core").pause(60)
    ]]):format(path))
    logins.wait_until(function() return shell("cat " .. quoted(path) .. " 2>/dev/null") == "x" end,
      core.pause)
    assert.is_nil((core.keep(path, "state")))
    logins.kill(process)
    assert(core.keep(path, "state")):close()
  end)

  it("is closed once", function()
    local file = assert(core.keep(path, "state"))
    file:close()
    file:close()
    assert.matches("it is closed", logins.failure(file.load, file))
    assert.matches("it is closed", logins.failure(file.save, file, "x"))
  end)

  for what, case in pairs {
    ["a link"] = { "ln -s /etc/passwd %s", "is a symbolic link" },
    ["a folder"] = { "mkdir %s", "is not a regular file" },
    ["open to others"] = { "echo x >%s; chmod 644 %s", "others may use the state" },
    ["made read%-only"] = { "echo x >%s; chmod 400 %s", "may not be written", true },
    ["too big"] = { "head -c 17000000 /dev/zero >%s; chmod 600 %s", "is too large for a state" },
  } do
    it("is refused, and left as it is, where it is " .. what:gsub("%%", ""), function()
      logins.shell("mkdir -p -m 700 " .. quoted(folder .. "/deep"))
      logins.shell("chmod 700 " .. quoted(folder))
      logins.shell((case[1]:gsub("%%s", (quoted(path):gsub("%%", "%%%%")))))
      local before = shell("ls -l " .. quoted(folder .. "/deep/state-x.json"))
      local file = assert(core.keep(path, "state"))
      if not case[3] then
        local _, kind, message = file:load()
        assert.equal("invalid", kind)
        assert.matches(case[2], message, 1, true)
      end
      local _, kind, message = file:save "y"
      assert.equal("invalid", kind)
      assert.matches(case[2], message, 1, true)
      assert.equal(before, shell("ls -l " .. quoted(folder .. "/deep/state-x.json")))
      file:close()
    end)
  end

  it("is not created in a folder open to others", function()
    logins.shell("mkdir -p " .. quoted(folder .. "/deep") .. "; chmod 755 "
      .. quoted(folder .. "/deep"))
    local file, kind, message = core.keep(path, "state")
    assert.same({ nil, "invalid" }, { file, kind })
    assert.matches("others may enter the folder .*, which keeps states%. Run `chmod 700", message)
  end)

  it("reports a full disk as temporary", function()
    local script = ([[
      local core = require "homey.core"
      local file = core.keep(%q, "state")
      print(select("#", file:save(("x"):rep(100000))), select(4, file:save(("x"):rep(100000))))
      print(file:save "x")
      print(select("#", core.keep("/dev/null/x/y.json", "state")), select(4, core.keep("/dev/null/x/y.json", "state")))
    ]]):format(path)
    assert.equal("4\ttrue\ntrue\n3\n",
      logins.finish(logins.start(script, nil, "ulimit -f 4; trap '' XFSZ")))
  end)

  it("refuses excessive text", function()
    local file = assert(core.keep(path, "state"))
    local _, kind, message = file:save(("x"):rep(17000000))
    assert.equal("invalid", kind)
    assert.matches("a state of 17000000 bytes is too large", message)
    assert.is_nil(file:load())
    file:close()
  end)

  it("has a path with a folder", function()
    for _, wrong in ipairs {
      "", "x.json", "/x.json", folder .. "/" .. ("x"):rep(250) .. ".json",
      folder .. "/" .. ("x"):rep(250),
    } do
      assert.matches("a path such as", logins.failure(core.keep, wrong, "state"))
    end
    assert.is_false((pcall(core.keep, path, ("x"):rep(100))))
    assert.is_false((pcall(core.keep, path)))
  end)
end)
