--- homey.on("error", f): receives what handlers and scripts raise.
-- Runs hardly any C code: not under Valgrind.
local sim = require "homey.sim"

local home, homey, heard

before_each(function()
  home = sim.home(nil, { quiet = true })
  homey, heard = home.homey, {}
end)
after_each(function() home:close() end)

local function listen(options)
  return homey.on("error", options or {}, function(err, event)
    heard[#heard + 1] = { tostring(err), event }
  end)
end

describe("homey.on(\"error\")", function()
  it("receives what a handler raises, with its place", function()
    listen()
    home:device("Hall/Motion"):on("alarm_motion", function() error "oops" end)
    home:operate("Hall/Motion", "alarm_motion", true)
    assert.equal(1, #heard)
    assert.matches("on_error_spec.lua:%d+: oops", heard[1][1])
    assert.matches("on_error_spec.lua:%d+$", heard[1][2].handler)
    assert.equal("error", heard[1][2].name)
  end)

  it("receives error objects, timers and spawned tasks", function()
    listen()
    homey.after("1 s", function() homey.device("Nonesuch"):set("onoff", true) end)
    homey.after("2 s", function() homey.spawn(function() error "spawned" end) end)
    home:advance "5 s"
    assert.equal(2, #heard)
    assert.matches("Nonesuch", heard[1][1])
    assert.matches("spawned", heard[2][1])
  end)

  it("receives a task's failure, which still ends the program", function()
    listen()
    homey.spawn(function()
      homey.sleep "1 s"
      error "alone"
    end)
    local done, err = pcall(home.advance, home, "5 s")
    assert.is_false(done)
    assert.matches("alone", tostring(err))
    assert.equal(1, #heard)
    assert.matches("alone", heard[1][1])
  end)

  it("leaves the log line with its place", function()
    homey.after("1 s", function() homey.state("odd").f = print end)
    home:advance "2 s"
    local _,
      count = home:logged("error")[1].text:match("^[^\n]*"):gsub("on_error_spec.lua:%d+: ", "")
    assert.equal(1, count)
  end)

  it("ignores failures of its own handler", function()
    local calls = 0
    homey.on("error", function()
      calls = calls + 1
      homey.spawn(function() error "inner" end)
      homey.sleep "1 s"
      error "outer"
    end)
    homey.after("1 s", function() error "first" end)
    home:advance "10 s"
    assert.equal(1, calls)
    local errors = 0
    for _, line in ipairs(home.logged) do
      if line.level == "error" then errors = errors + 1 end
    end
    assert.equal(3, errors)
  end)

  it("ends when cancelled or after `once`", function()
    local handle = listen()
    listen { once = true }
    homey.every("1 s", function() error "again" end)
    home:advance "1.5 s"
    assert.equal(2, #heard)
    handle:cancel()
    home:advance "5 s"
    assert.equal(2, #heard)
  end)

  it("receives failing scripts by name", function()
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write('local homey = require "homey"\nhomey.login()\nhomey.after("1 s", function() error '
      .. '"in the script" end)\n')
    file:close()
    listen()
    home:load(path)
    home:advance "2 s"
    os.remove(path)
    assert.equal(1, #heard)
    assert.matches("in the script", heard[1][1])
    assert.equal(path:match "[^/]+$", heard[1][2].script)
  end)
end)
