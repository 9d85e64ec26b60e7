local new_error = require "homey.error"
local raise = require "homey.util.raise"
local error_text = require "homey.util.error_text"
local output_of = require "spec.support.output_of"

describe("an error", function()
  it("converts to its message", function()
    assert.equal("the lamp is gone.", tostring(new_error("not_found", "the lamp is gone.")))
  end)

  it("concatenates with text on both sides", function()
    local err = new_error("hub", "no.")
    assert.equal("hub: no.!", "hub: " .. err .. "!")
  end)

  it("has kind, status and step", function()
    local err = new_error("credentials", "wrong password.", { status = 401, step = "login" })
    assert.same({ "credentials", 401, "login" }, { err.kind, err.status, err.step })
  end)

  it("is raised unchanged where it can be caught", function()
    local err = new_error("hub", "no.")
    local ok, caught = pcall(raise, err)
    assert.is_false(ok)
    assert.equal(err, caught)
  end)

  it("is readable when it is not caught", function()
    local said =
      output_of 'require("homey.util.raise")(require("homey.error")("hub", "the lamp is gone."))'
    assert.matches("program:1: the lamp is gone%.", said)
  end)

  it("names the program's line when it is not caught", function()
    assert.matches("program:2: homey%.sleep takes a time [^\n]*, not '5 parsecs'", output_of [[
      local function nap()
        require("homey").sleep("5 parsecs")
      end
      nap()
    ]])
    assert.matches("program:3: homey%.sleep takes a time [^\n]*, not '5 parsecs'", output_of [[
      local homey = require "homey"
      homey.spawn(function()
        homey.sleep "5 parsecs"
      end)
      homey.run()
    ]])
  end)

  it("of the program is readable when uncaught", function()
    assert.matches("my own error%.", output_of [[
      local homey = require "homey"
      homey.spawn(function() error(setmetatable({}, { __tostring = function() return "my own error." end })) end)
      homey.run()
    ]])
  end)

  it("has the line as a field when caught", function()
    local ok, err = pcall(function() require("homey").sleep "5 parsecs" end)
    assert.is_false(ok)
    assert.matches("error_spec%.lua:%d+$", err.where)
    assert.equal(err.message, tostring(err))
  end)
end)

describe("the text of a raised value", function()
  for what, case in pairs {
    ["are an error's sentence"] = { new_error("hub", "the lamp is gone."), "the lamp is gone." },
    ["are the message of a table that has no __tostring"] = {
      { kind = "expired", message = "log in again." }, "log in again.",
    },
    ["are the message of an error inside an error"] = {
      { message = { message = new_error("hub", "the lamp is gone.") } }, "the lamp is gone." },
    ["list the fields of any other table"] = {
      { code = 5, [1] = "x" }, "error() was called with { [1] = 'x', code = 5 }.",
    },
    ["list them where __tostring fails"] = {
      setmetatable({ code = 5 }, { __tostring = function() error "no" end }),
      "error() was called with { code = 5 }." },
    ["list them where __tostring answers no text"] = {
      setmetatable({ code = 5 }, { __tostring = function() return {} end }),
      "error() was called with { code = 5 }." },
    ["are a text as it is"] = { "evening.lua:3: no", "evening.lua:3: no" },
    ["name a value that is no text"] = { false, "error() was called with false." },
  } do
    it(what, function() assert.equal(case[2], (error_text(case[1]))) end)
  end

  it("ends for a message that contains itself", function()
    local err = {}
    err.message = err
    assert.equal("error() was called with { message = a table }.", (error_text(err)))
  end)
end)
