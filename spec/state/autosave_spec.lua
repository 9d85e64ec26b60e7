-- What is kept is on disk when the program is over, however it ends: as a program of its own.
local command = require "spec.support.command"
local core = require "homey.core"
local logins = require "spec.support.logins"
local page = require "spec.support.page"

describe("a change in the last moment", function()
  local folder

  before_each(function() folder = command.folder() end)
  after_each(command.tidy)

  -- What `n` is then.
  local function ends(expected, program)
    page.write(folder .. "/program.lua", program)
    local code, output = page.run(folder, ("env %s HOMEY_STATE_DIR=./state %s program.lua"):format(logins.exits,
      os.getenv "HOMEY_TEST_LUA" or "lua"))
    assert.equal(expected, code, output)
    return core.decode(command.read(folder .. "/state/state-last.json")).data.n
  end

  for how, case in pairs {
    ["by its last line"] = { "", 0 }, ["by an error"] = { "error 'boom'", 1 }, ["by os.exit"] = { "os.exit(3)", 3 },
    ["by os.exit in a handler"] = { "homey.after('10 ms', function() s.n = 2 os.exit(4) end) homey.run()", 4, 2 },
  } do
    it("is kept when the program ends " .. how, function()
      assert.equal(case[3] or 1, ends(case[2], "local homey = require 'homey'\nlocal s = homey.state 'last'\ns.n = 1\n" .. case[1]))
    end)
  end

  it("is kept when the program is one call in os.exit", function()
    assert.equal(7, ends(5, [[
      local homey = require "homey"
      local function main()
        homey.state "last".n = 7
        return 5
      end
      os.exit(main())
    ]]))
  end)
end)
