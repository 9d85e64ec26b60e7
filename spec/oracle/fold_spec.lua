-- Equality of names, compared with Node. Skipped with a message where Node or npm is missing; in CI
-- that fails. Longer: make test SPEC=spec/oracle/fold_spec.lua ORACLE=50
-- Runs on one Lua: no Lua has a part in it.
local npm = require "spec.support.node.npm"
local oracle = require "spec.support.oracle"
local text = require "homey.util.text"

if npm.missing() then
  describe("names compared with Node", function() pending(npm.missing()) end)
  return
end

local function bytes(hex)
  return (hex:gsub("%x%x", function(pair) return string.char(tonumber(pair, 16)) end))
end

describe("names", function()
  it("of one character are equal as in Node", function()
    local ours, theirs, wrong, n = {}, {}, {}, 0
    for hex, key in npm.output("../../oracle/fold.js", { "characters" }):gmatch "(%x+) (%x+)\n" do
      local folded = text.fold(bytes(hex))
      theirs[folded], ours[key] = theirs[folded] or key, ours[key] or folded
      if theirs[folded] ~= key or ours[key] ~= folded or text.fold(folded) ~= folded then
        wrong[#wrong + 1] = hex
      end
      n = n + 1
    end
    assert.same({}, wrong)
    assert.is_true(n > 15000)
  end)

  local count = oracle.count(5000)
  for _, seed in ipairs(oracle.seeds(1)) do
    it(("are equal as in Node, %d pairs with seed %d"):format(count, seed), function()
      local wrong, n, same = {}, 0, 0
      for a, b, is_same in npm.output("../../oracle/fold.js", { "texts", seed, count })
        :gmatch "(%x+) (%x*) ([01])\n" do
        if (text.fold(bytes(a)) == text.fold(bytes(b))) ~= (is_same == "1") then
          wrong[#wrong + 1] = a .. " " .. b
        end
        n, same = n + 1, same + tonumber(is_same)
      end
      assert.same({}, wrong)
      assert.equal(count, n)
      assert.is_true(same > count / 4 and same < count * 3 / 4, same)
    end)
  end
end)
