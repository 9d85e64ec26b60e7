local output_of = require "spec.support.output_of"

local timers =
  'local homey = require "homey" homey.every("1 h", print) local other = homey.after("1 h", print) '

describe("a program that ends before its triggers can fire", function()
  it("gets an error that names homey.run()", function()
    assert.matches(
      "^%d+%-%d+%-%d+ [%d:]+ warning: the program ended before its triggers and timers %(2%) "
        .. "could be "
      .. "called%. Call homey%.run%(%) as its last line%.\n$", output_of(timers))
    assert.matches("timers %(1%)", output_of(timers .. "other:cancel()"))
  end)
end)

describe("a program is not warned at its end that", function()
  for what, more in pairs {
    ["ran them"] = "homey.spawn(homey.stop) homey.run()",
    ["has slept meanwhile"] = "homey.sleep(0.01)",
    ["has cancelled them"] =
      "other:cancel() "
        .. "require('homey.task.scope').current(require('homey.task.scheduler').shared()):close()",
    ["has had its loop turned by a host"] = "require('homey.task.scheduler').shared():step()",
    ["has handed its descriptor to a host"] = "require('homey.task.scheduler').shared():fd()",
  } do
    it(what, function() assert.equal("", output_of(timers .. more)) end)
  end

  it("has no trigger", function() assert.equal("", output_of "require('homey').null = nil") end)
end)
