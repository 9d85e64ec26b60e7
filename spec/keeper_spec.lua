-- What is kept is on disk when the program is over, however it ends: as a program of its own.
local command = require "spec.support.command"
local core = require "homey.core"
local logins = require "spec.support.logins"
local page = require "spec.support.page"

describe("a change in the last moment", function()
  local folder

  before_each(function() folder = command.folder() end)
  after_each(command.tidy)

  for how, case in pairs {
    ["by its last line"] = { "", 0 }, ["by an error"] = { "error 'boom'", 1 }, ["by os.exit"] = { "os.exit(3)", 3 },
    ["by os.exit in a handler"] = { "homey.after('10 ms', function() s.n = 2 os.exit(4) end) homey.run()", 4, 2 },
  } do
    it("is kept when the program ends " .. how, function()
      page.write(folder .. "/program.lua", ("local homey = require 'homey'\nlocal s = homey.state 'last'\ns.n = 1\n%s"):format(case[1]))
      local code, output = page.run(folder, ("env %s HOMEY_STATE_DIR=./state %s program.lua"):format(logins.exits,
        os.getenv "HOMEY_TEST_LUA" or "lua"))
      assert.equal(case[2], code, output)
      assert.equal(case[3] or 1, core.decode(command.read(folder .. "/state/state-last.json")).data.n)
    end)
  end
end)
