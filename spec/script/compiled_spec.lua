-- Compiled modules, as `make install` puts them beside the C modules.
local command = require "spec.support.command"
local logins = require "spec.support.logins"

local quoted = logins.quoted

describe("compiled modules", function()
  local folder, file

  before_each(function()
    folder = command.folder()
    file = folder .. "/compiled"
    logins.shell(("cd lua && %s ../mk/compile.lua /there %s homey/error.lua homey/init.lua")
      :format(os.getenv "HOMEY_TEST_LUA", quoted(file)))
  end)
  after_each(command.tidy)

  -- The output of a new Lua that runs a program with the file.
  local function says(program)
    local pipe = io.popen(("%s -e %s 2>&1"):format(os.getenv "HOMEY_TEST_LUA",
      quoted(("local used = require('homey.loader').use(%q) %s"):format(file, program))))
    local text = pipe:read "*a"
    pipe:close()
    return text
  end

  local where = "print(used, debug.getinfo(getmetatable(require('homey.error')('hub', 'x'))"
    .. ".__tostring, 'S').source)"

  it("are used, and name their sources", function()
    assert.equal("true\t@/there/homey/error.lua\n", says(where))
    assert.equal("true\ttable\n", says "print(used, type(require 'homey'))")
  end)

  it("let other modules be loaded from their sources", function()
    assert.matches("^true\t@.*/homey/util/text%.lua\n$",
      says "print(used, debug.getinfo(require('homey.util.text').visible, 'S').source)")
  end)

  for what, break_it in pairs {
    ["of another Lua"] = function(text) return (text:gsub("^homey%-compiled [^\t]+", "%0.9")) end,
    ["that are empty"] = function() return "" end,
    ["that are something else"] = function() return "homey-compiled\nx" end,
  } do
    it(what .. " are not used", function()
      command.write(file, break_it(command.read(file)))
      assert.matches("^false\t@.*lua/homey/error%.lua\n$", says(where))
    end)
  end

  it("that are cut off are replaced by the sources", function()
    local text = command.read(file)
    command.write(file, text:sub(1, 40))
    assert.matches("^false\t@.*lua/homey/error%.lua\n$", says(where))
    command.write(file, text:sub(1, text:find("__tostring", 1, true)))
    assert.matches("^true\t@.*lua/homey/error%.lua\n$", says(where))
  end)

  it("are used by a program whose homey was installed", function()
    logins.shell(("mkdir %s/homey && sh mk/entry.sh lua/homey/init.lua %s >%s/homey/init.lua && "
      .. "mv %s %s/homey/compiled"):format(folder, folder, folder, quoted(file), folder))
    local program = ("package.path = %q .. package.path local used = type(require 'homey') %s")
      :format(folder .. "/?/init.lua;", where)
    local pipe = io.popen(("%s -e %s 2>&1"):format(os.getenv "HOMEY_TEST_LUA", quoted(program)))
    assert.equal("table\t@/there/homey/error.lua\n", pipe:read "*a")
    pipe:close()
  end)

  it("that are missing are replaced by the sources", function()
    os.remove(file)
    assert.matches("^false\t@.*lua/homey/error%.lua\n$", says(where))
  end)
end)
