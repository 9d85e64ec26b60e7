-- Ends of a program: the state on disk afterwards. Each program runs as its own process.
local command = require "spec.support.command"
local core = require "homey.core"
local logins = require "spec.support.logins"
local page = require "spec.support.page"

local plain51 = _VERSION == "Lua 5.1" and not rawget(_G, "jit")

describe("a state", function()
  local folder

  before_each(function() folder = command.folder() end)
  after_each(command.tidy)

  -- The exit code of the program, and `n` of the state on disk.
  local function n_after(program)
    page.write(folder .. "/program.lua",
      "local homey = require 'homey'\nlocal s = homey.state 'last'\ns.n = 1\n" .. program)
    local code,
      output = page.run(folder,
        ("env %s HOMEY_STATE_DIR=./state %s program.lua"):format(logins.exits,
      os.getenv "HOMEY_TEST_LUA" or "lua"))
    return code, core.decode(command.read(folder .. "/state/state-last.json")).data.n, output
  end

  local endings = { -- the program, its exit code, `n`
    ["after the last line of the program"] = { "", 0, 1 },
    ["after an error"] = { "error 'boom'", 1, 1 },
    ["by homey.close() before os.exit"] = { "homey.close() os.exit(3)", 3, 1 },
    ["by homey.close() in a handler"] = {
      "homey.after('10 ms', function() s.n = 2 homey.close() os.exit(4) end) homey.run()", 4, 2,
    },
    ["by home:close()"] = { "local home = homey.new() s.n = 2 home:close() os.exit(5)", 5, 2 },
    ["when homey.run ends"] = {
      "homey.after('10 ms', function() s.n = 2 homey.stop() end) homey.run() os.exit(6)", 6, 2,
    },
  }
  if not plain51 then
    endings["when os.exit closes the Lua state"] = { "os.exit(7, true)", 7, 1 }
  end
  if _VERSION == "Lua 5.4" then
    endings["when a home is closed at the end of its block"] = {
      "do local home <close> = homey.new() s.n = 2 end os.exit(8)", 8, 2,
    }
  end

  for what, case in pairs(endings) do
    it("is on disk " .. what, function()
      local code, n, output = n_after(case[1])
      assert.equal(case[2], code, output)
      assert.equal(case[3], n)
    end)
  end
end)
