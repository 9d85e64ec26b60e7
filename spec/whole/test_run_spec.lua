-- mk/test.sh: the summary at the end of a run of the specs.
-- Runs hardly any C code: not under Valgrind.
-- Runs on one Lua: no Lua has a part in it.
local logins = require "spec.support.logins"

local lua = assert(os.getenv "HOMEY_TEST_BUILD") and (jit and "jit" or _VERSION:match "%d%.%d")

-- The last lines of the output for a spec file with this text, from the sums of each Lua on.
local function run(text)
  local taken = os.tmpname()
  local path = taken .. "_spec.lua"
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
  local pipe =
    io.popen(
      ("exec 2>&1; unset RUN LD_PRELOAD AGAIN C_TESTS BUILD_FAILED; SPEC=%s LUAS=%s sh mk/test.sh")
    :format(logins.quoted(path), lua))
  local said = pipe:read "*a"
  pipe:close()
  os.remove(path)
  os.remove(taken)
  return assert(said:match "\n\n(  Lua .*)\n$", said), path
end

describe("a run of the specs", function()
  it("repeats failures at the end with their commands", function()
    local said, path = run [[
      it("adds up", function() assert.equal(3, 1 + 1) end)
      it("raises", function() error "boo" end)
      it("holds", function() end)
    ]]
    local sums, repeated, last = said:match "^(.-)\n\n(.*)\n(.-)$"
    assert.equal("1 passed, 2 failed", last)
    assert.matches("1 passed, 2 failed", sums)
    assert.matches("^Lua " .. lua .. " " .. path
      .. ":\n  FAIL [^\n]*: adds up\n.*Expected.*  FAIL [^\n]*: raises\n.*boo", repeated)
    assert.equal("again: make test SPEC=" .. path .. " LUAS=" .. lua,
      repeated:match "([^\n]-)$":gsub("^ +", ""), nil)
  end)

  it("names the test in which a file died", function()
    local said = run [[ it("leaves", function() print "bye" os.exit(3) end) ]]
    assert.matches(
      ":\n  FAIL exit code 3, last in: leaves\n  bye\n  again: [^\n]*\n0 passed, 1 failed$", said)
  end)

  if io.open "/proc/self/environ" then
    it("fails on a process that is left behind, and ends it", function()
      local said =
        run [[ it("starts one", function() os.execute "sleep 4711 >/dev/null 2>&1 &" end) ]]
      local pid =
        said:match("FAIL left processes behind: (%d+) \n  sleep 4711\n  again: [^\n]*\n1 passed, "
          .. "1 failed$")
      assert.is_string(pid, said)
      assert.is_nil(io.open("/proc/" .. pid .. "/environ"))
    end)
  end

  it("prints only sums when all pass", function()
    assert.matches("^  Lua %S+ +1 passed, 0 failed\n1 passed, 0 failed$",
      (run [[ it("holds", function() end) ]]))
  end)
end)
