-- homey test: which tests it finds, and its exit code.
local folder = os.tmpname()
os.remove(folder)
local lua = os.getenv "HOMEY_TEST_LUA"

local function write(name, text)
  local file = assert(io.open(folder .. "/" .. name, "w"))
  file:write(text)
  file:close()
end

local function passing(name) return ("it(%q, function() assert.is_true(true) end)"):format(name) end

-- Runs homey test with these arguments, written as a Lua list; returns exit code and output.
local function test(arguments, before)
  local program = (before or "") .. " os.exit(require([[homey.cli.commands.test]]).main({"
    .. (arguments or "") .. "}))"
  local pipe = io.popen(("cd %s && %s -e '%s' 2>&1; echo exit $?"):format(folder, lua, program))
  local said = pipe:read "*a"
  pipe:close()
  local output, code = said:match "^(.*)exit (%d+)\n$"
  return tonumber(code), output
end

describe("homey test", function()
  before_each(function() os.execute("mkdir -p " .. folder .. "/more") end)
  after_each(function() os.execute("rm -rf " .. folder) end)

  it("runs all tests below a folder", function()
    write("a_test.lua", passing "a")
    write("more/b_spec.lua", passing "b")
    write("other.lua", "error 'this is no test'")
    local code, output = test("[[.]]")
    assert.equal(0, code, output)
    assert.match("2 successes / 0 failures / 0 errors", output)
  end)

  it("runs a test by its name", function()
    write("c_test.lua", passing "c")
    local code, output = test("[[c_test.lua]]")
    assert.equal(0, code, output)
    assert.match("1 success", output)
  end)

  it("does not run an automation named as a test", function()
    write("evening.lua", "io.stdout:write 'it runs'")
    local code, output = test("[[evening.lua]]")
    assert.equal(1, code)
    assert.match("'evening.lua' is no test", output)
    assert.match("`homey run` runs automations", output)
    assert.is_nil(output:find("it runs", 1, true))
  end)

  it("looks in spec and test by default", function()
    os.execute("mkdir " .. folder .. "/spec")
    write("spec/a_test.lua", passing "a")
    write("b_test.lua", "error 'not here'")
    assert.equal(0, (test()))
    os.execute("rm -r " .. folder .. "/spec")
    assert.equal(1, (test()))
  end)

  it("provides the files next to it, and homey.sim", function()
    write("rooms.lua", "return { 'Hall' }")
    write("a_test.lua", "local rooms = require 'rooms' it('is there', function() " ..
      "assert.equal('Hall', require('homey.sim').home():zone(rooms[1]).name) end)")
    local code, output = test("[[a_test.lua]]")
    assert.equal(0, code, output)
  end)

  it("exits with 1 on a failed or broken test", function()
    write("a_test.lua", "it('fails', function() assert.is_true(false) end)")
    local code, output = test("[[a_test.lua]]")
    assert.equal(1, code)
    assert.match("1 failure", output)
    write("a_test.lua", "it(")
    assert.equal(1, (test("[[a_test.lua]]")))
  end)

  it("runs tests that match, and lists them", function()
    write("a_test.lua", passing "one" .. passing "two")
    assert.match("1 success /", (select(2, test("[[--filter=two]], [[.]]"))))
    local _, output = test("[[--list]], [[.]]")
    assert.match("one", output)
    assert.match("ok 1 %- one", (select(2, test("[[-o]], [[TAP]], [[.]]"))))
  end)

  it("names a path that does not exist", function()
    local code, output = test("[[nowhere]]")
    assert.equal(1, code)
    assert.match("there is no file or folder 'nowhere'", output)
    code, output = test('"a\\27]0;x\\7"')
    assert.equal(1, code)
    assert.match("'a\\x1b%]0;x\\x07'", output)
    code, output = test("[[--filtre=x]]")
    assert.equal(2, code)
    assert.match("no option %-%-filtre", output)
  end)

  it("explains how to install busted", function()
    local code, output = test("", "package.preload[ [[busted.runner]] ] = function() error() end ")
    assert.equal(1, code)
    assert.match("has no busted", output)
    assert.match("luarocks %-%-lua%-version=5%.%d install busted", output)
  end)
end)
