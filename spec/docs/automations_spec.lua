-- Example automations: each has a test, which passes under `homey test`.
-- Runs hardly any C code: not under Valgrind.
local logins = require "spec.support.logins"

local function run(command)
  local pipe = assert(io.popen(("env %s %s 2>&1; echo $?"):format(logins.exits, command)))
  local said = pipe:read "*a"
  pipe:close()
  return said:match "(%d+)\n$", said
end

local files = dofile "mk/files.lua"

local lua = os.getenv "HOMEY_TEST_LUA" or "lua"

describe("the example automations", function()
  local count = 0
  for _, path in ipairs(files.lines_of "ls examples/automations/*.lua") do
    if path:find "_spec%.lua$" then
      count = count + 1
      it("pass the tests in " .. path:match "[^/]+$", function()
        local code, said = run(("HOMEY_LUA=%s bin/homey test --output=TAP %s"):format(lua, path))
        assert.equal("0", code, said)
        assert.truthy(said:find("\nok 1", 1, true) or said:find("^ok 1"), said)
        assert.falsy(said:find("not ok", 1, true), said)
      end)
    elseif not path:find "/_" then
      it("have a test for " .. path:match "[^/]+$", function()
        assert.is_true(files.exist((path:gsub("%.lua$", "_spec.lua"))))
      end)
    end
  end

  it("are at least ten", function() assert.is_true(count >= 10) end)
end)
