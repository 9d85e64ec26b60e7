-- The sign that a command waits: on a terminal, after half a second, and nowhere else.
local command = require "spec.support.command"

describe("a command that waits for the hub", function()
  local env, sim

  setup(function() env, sim = command.at_sim() end)
  teardown(command.leave_sim)
  before_each(function() sim:fault { kind = "delay", route = "zones", seconds = 1.2 } end)
  after_each(function() sim:clear() end)

  local function with(name, value)
    local set = { TERM = "xterm", NO_COLOR = "1" }
    for key, each in pairs(env) do set[key] = each end
    set[name or "TERM"] = value or "xterm"
    return set
  end

  it("says so on a terminal, and takes it away", function()
    local out = command.on_terminal(with(), "zones")
    local after = out:match "^%- waiting for the hub.*\27%[K(.*)$" -- \r is not in `out`
    assert.matches("^ZONE\n", after or "nothing was erased: " .. out)
    assert.is_nil(after:find("waiting", 1, true), out)
  end)

  it("says nothing in a pipe", function()
    local code, out, err = command.run(with(), "zones")
    assert.same({ 0, "" }, { code, err })
    assert.is_nil(out:find "[\r\27]")
  end)

  it("says nothing on a terminal that cannot erase", function()
    local out = command.on_terminal(with("TERM", "dumb"), "zones")
    assert.is_nil(out:find("waiting", 1, true), out)
    assert.matches("^ZONE", out)
  end)

  it("says it before an error, too", function()
    sim:clear()
    sim:fault { kind = "hang", route = "zones" }
    local out = command.on_terminal(with(), "zones", "--timeout", "1s")
    assert.matches("waiting for the hub.*\27%[Khomey zones: the %l+ %l+ not %l+ [^\n]*1 s[^\n]*\n$",
      out) -- the limit of the command, or of the silence of the hub
  end)
end)
