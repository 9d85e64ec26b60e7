local new_error = require "homey.error"
local raise = require "homey.raise"

describe("an error", function()
  it("is its sentence as text", function()
    assert.equal("the lamp is gone.", tostring(new_error("not_found", "the lamp is gone.")))
  end)

  it("joins with text on either side", function()
    local err = new_error("hub", "no.")
    assert.equal("hub: no.!", "hub: " .. err .. "!")
  end)

  it("carries kind, status and step", function()
    local err = new_error("credentials", "wrong password.", { status = 401, step = "login" })
    assert.same({ "credentials", 401, "login" }, { err.kind, err.status, err.step })
  end)

  it("is raised as it is where somebody may catch it", function()
    local err = new_error("hub", "no.")
    local ok, caught = pcall(raise, err)
    assert.is_false(ok)
    assert.equal(err, caught)
  end)

  local function interpreter()
    local i = 0
    while arg[i - 1] do i = i - 1 end
    return arg[i]
  end

  it("is readable when nobody catches it", function()
    local script = os.tmpname()
    local file = assert(io.open(script, "w"))
    file:write('require("homey.raise")(require("homey.error")("hub", "the lamp is gone."))')
    file:close()
    local pipe = io.popen(("%s %s 2>&1"):format(interpreter(), script))
    local said = pipe:read("*a")
    pipe:close()
    os.remove(script)
    assert.matches("the lamp is gone%.", said)
  end)
end)
