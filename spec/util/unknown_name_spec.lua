--- Mistyped names: the error suggests the right one.
-- Runs hardly any C code: not under Valgrind.
local failure = require "spec.support.failure"
local homey = require "homey"
local household = require "spec.support.household"

describe("a mistyped name", function()
  local home

  before_each(function() home = household.new().home end)
  after_each(function() home:close() end)

  for _, case in ipairs {
    { "homey has no 'deivce'; did you mean 'device'", function() homey.deivce "Lamp" end },
    { "homey has no 'lgoin'; did you mean 'login'", function() homey.lgoin() end },
    { "a home has no 'devcies'; did you mean 'devices'", function(h) h:devcies() end },
    { "a device has no 'seet'; did you mean 'set'", function(h)
      h:device("Kitchen/Lamp"):seet("onoff", true)
    end },
    { "a device has no 'avaliable'; did you mean 'available'", function(h)
      return h:device("Kitchen/Lamp").avaliable
    end },
    { "a flow has no 'strat'; did you mean 'start'", function(h) h:flow("Good night"):strat() end },
    { "a variable has no 'vaule'; did you mean 'value'", function(h)
      return h:variable("Guests").vaule
    end },
    { "a selection has no 'seet'; did you mean 'set'", function(h)
      h:devices({}):seet("onoff", true)
    end },
    { "a zone has no 'device'; did you mean 'devices'", function(h)
      h:zone("Kitchen"):device()
    end },
  } do
    it("is suggested: " .. case[1], function()
      local err = failure(case[2], home)
      assert.equal("invalid", err.kind)
      assert.equal(case[1], err.message:sub(1, #case[1]))
    end)
  end

  it("is nil when no name is similar", function()
    assert.is_nil(homey.nonesuch)
    assert.is_nil(homey.__name)
    assert.is_nil(home.nonesuch)
    assert.is_nil(home:device("Kitchen/Lamp").onoff)
    assert.is_nil(home:zone("Kitchen").nonesuch)
  end)
end)
