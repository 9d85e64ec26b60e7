local core = require "homey.core"
local homey = require "homey"
local houses = require "spec.support.house"
local log = require "homey.util.log"
local new_error = require "homey.error"
local format = require "homey.util.format"
local text = require "homey.util.text"

-- Characters that control a terminal or fake a line: ESC, C0, DEL, C1, line ends, direction marks,
-- invalid UTF-8.
local nasty = {
  ["\27[2J"] = "\\x1b[2J", ["\r\n"] = "\\r\\n", ["\t"] = "\\t", ["\0"] = "\\x00",
  ["\127"] = "\\x7f",
  ["\194\155"] = "\\u{9b}", ["\194\133"] = "\\u{85}", ["\226\128\174"] = "\\u{202e}",
  ["\226\128\142"] = "\\u{200e}",
  ["\226\128\168"] = "\\u{2028}", ["\226\129\166"] = "\\u{2066}", ["\226\129\169"] = "\\u{2069}",
  ["\216\156"] = "\\u{61c}",
}
local all, all_escaped = "", ""
for raw, escaped in pairs(nasty) do all, all_escaped = all .. raw, all_escaped .. escaped end

local function is_clean(s, but)
  for raw in pairs(nasty) do
    if raw ~= but and s:find(raw, 1, true) then return false end
  end
  return text.is_utf8(s)
end

describe("text of a hub", function()
  it("escapes control characters", function()
    for raw, escaped in pairs(nasty) do
      assert.equal("a" .. escaped .. "b", text.visible("a" .. raw .. "b"))
    end
    assert.equal(all_escaped, text.visible(all))
  end)

  it("keeps all other characters", function()
    for _, each in ipairs { "", "Lamp", "K\195\182che", "\226\128\156x\226\128\157",
      "\240\159\152\128", "\\x1b" } do
      assert.equal(each, text.visible(each))
    end
  end)

  it("escapes bytes that are not UTF-8", function()
    assert.equal("\\xff\195\182\\xc3(\\x9b", text.visible("\255\195\182\195(\155"))
    assert.equal("\195\182\\x1b\\xff\\u{202e}", text.visible("\195\182\27\255\226\128\174"))
  end)

  it("keeps line breaks, indented, where allowed", function()
    assert.equal("a\n\tb\n  c\\x1b\n  2026-01-01", text.visible("a\n\tb\nc\27\n2026-01-01", true))
  end)

  it("stays the same JSON", function()
    local value = { [all] = { all, 1, true, "\195\182" } }
    local json = text.visible_json(core.encode(value))
    assert.is_true(is_clean(json))
    assert.same(value, core.decode(json))
  end)
end)

describe("control characters of a hub never reach", function()
  local here, home

  before_each(function()
    here = houses.new()
    home = here.home
    here.raw[houses.lamp].name = "L" .. all
    here.raw[houses.lamp].unavailableMessage = "away" .. all
    here.zones[houses.kitchen].name = "K" .. all
  end)

  after_each(function()
    home:close()
    log.to()
  end)

  it("the text of an object", function()
    home:devices()
    for _, each in ipairs { home:device(houses.lamp), home:zone(houses.kitchen),
      home:devices { class = "light" } } do
      assert.is_true(is_clean(tostring(each)), tostring(each))
    end
    assert.equal("K" .. all_escaped .. "/L" .. all_escaped, tostring(home:device(houses.lamp)))
    assert.equal("device " .. all_escaped, tostring(home.directory:by_id("device", all)))
  end)

  it("an error", function()
    here.raw[houses.lamp].available = false
    here.core_loop:on("GET /x",
      require("spec.support.fake_core_loop").fail("hub", "no: " .. all, 500))
    for _, f in ipairs {
      function() home:device(houses.lamp):set("onoff", "high") end, function() home:device("L") end,
      function() home:device(houses.lamp):set("onoff", true) end, function() home:get("/x") end,
      function() home:device("Hall/L" .. all) end,
    } do
      local ok, err = pcall(f)
      assert.is_false(ok)
      assert.is_true(is_clean(tostring(err)), tostring(err))
    end
    assert.equal(all_escaped, new_error("hub", all).message)
    assert.equal("'" .. text.visible("\27\194\155") .. "'", format("\27\194\155"))
  end)

  it("the log", function()
    local lines = {}
    log.to(function(_, line, name) lines[#lines + 1] = (name or "") .. line end)
    log("error", all, all)
    log("error", "one\n\n\n2026-12-01 00:00:00 info: forged", all)
    home:device(houses.lamp):on("onoff", function(_, device) error("for " .. device.name) end)
    home:step()
    here.core_loop:tell("homey:device:" .. houses.lamp, "capability",
      { capabilityId = "onoff", value = false })
    home:step()
    assert.is_true(#lines >= 2)
    for _, line in ipairs(lines) do
      assert.is_true(is_clean((line:gsub("[\n\t]", ""))), line)
      assert.is_nil(line:find "\n[^\t ]")
    end
  end)

  it("an answer to why", function()
    local sentence, steps = home:why(houses.lamp, "dim")
    assert.is_true(is_clean(sentence), sentence)
    for _, step in ipairs(steps) do assert.is_true(is_clean(step.text)) end
  end)
end)

describe("control characters of a simulated home never reach", function()
  it("the log of a home in virtual time", function()
    local home = require("homey.sim").home(nil, { quiet = true })
    local lamp = home:add("device",
      { name = "X" .. all, zone = "Kitchen", class = "light", capabilities = { onoff = true } })
    lamp:on("onoff", function(_, device) homey.raise(new_error("hub", device.name)) end)
    home:operate(lamp, "onoff", false)
    assert.is_true(#home.logged > 0)
    for _, entry in ipairs(home.logged) do
      assert.is_true(is_clean((entry.text:gsub("[\n\t]", ""))), entry.text)
    end
    home:close()
  end)

  it("the log of a script", function()
    local home, path = require("homey.sim").home(nil, { quiet = true }), os.tmpname()
    local lamp = home:add("device",
      { name = "X" .. all, zone = "Kitchen", class = "light", capabilities = { onoff = true } })
    local file = assert(io.open(path, "w"))
    file:write(([[
      local homey = require "homey"
      homey.device(%q):on("onoff", function(_, device)
        homey.log("info", device.name)
        error(device.name)
      end)
    ]]):format(lamp.id))
    file:close()
    home:load(path)
    home:operate(lamp, "onoff", false)
    os.remove(path)
    assert.equal(2, #home.logged)
    for _, entry in ipairs(home.logged) do
      assert.is_true(is_clean((entry.text:gsub("[\n\t]", ""))), entry.text)
    end
    home:close()
  end)
end)
