-- homey types: annotations of a home.
local annotations = require "homey.cli.types.annotations"
local command = require "spec.support.command"
local sim = require "homey.sim"

local load = loadstring or load -- luacheck: compat

local function of(devices)
  local home = sim.home { zones = { "Hall" }, devices = devices }
  local list = {}
  for i, device in ipairs(home:devices()) do list[i] = device end
  return annotations.of { name = "Test", devices = list, others = { zone = home:zones() } }
end

-- Every line is empty, a comment, or an annotation that LuaLS knows.
local function check(out)
  assert(load(out))
  for line in out:gmatch "[^\n]+" do
    assert.is_truthy(line:find "^%-%-%-@meta [%w_.]+$" or line:find "^%-%- "
      or line:find "^%-%-%-@alias [%w_.]+$" or line:find '^%-%-%-| ".*"$'
      or line:find "^%-%-%-@class homey[%w_.]*$"
      or line:find "^%-%-%-@class homey[%w_.]* : homey%.%u%a+"
      or line:find '^%-%-%-@field %l+ fun%(.*%): [%w_.|"]+'
      or line:find '^%-%-%-@field %[".-"%] homey%.'
      or line:find "^%-%-%-@field capabilities homey%.home%.", line)
  end
end

describe("homey types", function()
  local env

  setup(function() env = command.at_sim() end)
  teardown(command.leave_sim)

  it("prints the devices, their capabilities and the values of enums", function()
    local out = command.succeed(env, "types")
    check(out)
    for _, line in ipairs {
      '---@field device fun(ref: "Kitchen/Lamp"): homey.home.Kitchen_Lamp',
      '---@field device fun(self: homey.Home, ref: "Kitchen/Lamp"): homey.home.Kitchen_Lamp',
      '---@field get fun(self: homey.home.Kitchen_Lamp, capability: "onoff"): boolean',
      '---@field set fun(self: homey.home.Kitchen_Lamp, capability: "dim", value: number|string, '
        .. "options?: homey.SetOptions): homey.home.Kitchen_Lamp",
      '---@field zone fun(ref: homey.home.zone): homey.Zone',
      '---| "Dinner"',
    } do assert.truthy(out:find(line, 1, true), line) end
    assert.equal(out, command.succeed(env, "types"))
  end)

  it("has one line of types for each value of an enum", function()
    local out = command.succeed(env, "types")
    assert.truthy(out:find 'capability: "thermostat_mode", value: "%l+"|"%l+"')
  end)
end)

describe("the annotations of a home", function()
  it("keep names of any characters on one line", function()
    local out = of {
      { name = 'My "lamp"\\\n--[[ x ]]', class = "light", capabilities = { onoff = false } },
      { name = "Lämp", class = "light", capabilities = { onoff = false } },
      { name = "L mp", class = "light", capabilities = { onoff = false } },
      { name = "12", class = "light", capabilities = { ["onoff.a-b"] = false } },
    }
    check(out)
    assert.truthy(out:find('ref: "My \\"lamp\\"', 1, true))
    local seen = {}
    for class in out:gmatch "@class (homey%.home%.[%w_]+) : " do
      assert.is_nil(seen[class], class)
      seen[class] = true
    end
  end)

  it("name a device without its zone only where the name is unique", function()
    local out = of {
      { name = "Lamp", class = "light", capabilities = { onoff = false } },
      { name = "Lamp", class = "light", capabilities = { onoff = false } },
      { name = "Fan", class = "fan", capabilities = { onoff = false } },
    }
    assert.is_nil(out:find('fun(ref: "Lamp")', 1, true))
    assert.truthy(out:find('fun(ref: "Fan")', 1, true))
  end)
end)
