-- Finalizers of a program that use and close homes, run by the garbage collector at any time. Runs
-- under the sanitizers and not under Valgrind, where constant collection takes minutes.
local at_every_collection = require "spec.support.at_every_collection"
local homey = require "homey"
local logins = require "spec.support.logins"
local support = require "spec.support.sim"

local sim

setup(function() sim = support.start() end)
teardown(support.stop)
before_each(function() logins.reset(sim) end)
after_each(function()
  collectgarbage("setpause", 200)
  logins.tidy()
end)

local function login()
  return logins.home(logins.options(sim.pat_options)):login()
end

local function lamp_of(home)
  return assert(home:devices({ capability = "onoff", class = "light" })[1])
end

-- Reads, sets, listens and waits.
local function use(home, seconds)
  local lamp, heard = lamp_of(home), 0
  local handle = lamp:on("onoff", function() heard = heard + 1 end)
  local till = os.time() + seconds
  local value = not lamp:get "onoff"
  repeat
    lamp:set("onoff", value)
    value = not value
    home:get "/api/manager/system/name"
    for _ = 1, 20 do home:devices { zone = "Kitchen" } end
    homey.sleep "20 ms"
  until os.time() > till
  handle:cancel()
  return heard
end

describe("a user's finalizer", function()
  it("may use any home at any moment", function()
    local home, other = login(), login()
    local lamp = lamp_of(home)
    collectgarbage("setpause", 101)
    collectgarbage()
    local answered = 0
    local done = at_every_collection(function(run)
      if run % 3 == 0 then
        home:spawn(function()
          if home:get "/api/manager/system/name" then answered = answered + 1 end
        end)
      elseif run % 3 == 1 then
        other:spawn(function() lamp_of(other):set("dim", 0.5) end)
      else
        lamp:on("onoff", function() end):cancel()
      end
    end)
    local heard = use(home, 2)
    local runs, odd = done()
    assert.is_nil(odd)
    assert.is_true(runs > 0, "no finalizer ran")
    assert.is_true(heard > 0)
    logins.wait_until(function() return answered > 0 or runs < 3 or rawget(_G, "jit") end)
    assert.equal("Sunny House", home:get "/api/manager/system/name")
  end)

  it("may close the home in use", function()
    for after = 1, 6 do
      local home = login()
      collectgarbage("setpause", 101)
      collectgarbage()
      local done = at_every_collection(function(run) if run >= after then home:close() end end)
      local ok, err = homey.try(use, home, 20)
      local runs, odd = done()
      assert.is_nil(odd)
      assert.is_true(runs >= after, "no finalizer ran in time")
      assert.is_nil(ok)
      assert.same({ "table", "cancelled" }, { type(err), type(err) == "table" and err.kind or err })
    end
    assert.is_true(use(login(), 0) >= 0)
  end)
end)
