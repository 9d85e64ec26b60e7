-- docs/reference.md: it is up to date with the annotations, and has every name that the objects
-- themselves have.
-- Runs hardly any C code: not under Valgrind.
-- Runs on one Lua: no Lua has a part in it.

package.path = "mk/reference/?.lua;" .. package.path

local public_names = require "public_names" -- before all modules of homey
local annotations = require "annotations"
local homey = require "homey"
local new_error = require "homey.error"
local sim = require "homey.sim"
local facade = require "homey.script.facade"

local read = dofile("mk/files.lua").contents

local page = read "docs/reference.md"

-- The part of the page under a heading of the second level.
local function section(title)
  return (page:match("\n## " .. title .. "\n(.-)\n## ") or "") .. "\n"
end

-- The number of descriptions of a name in a section.
local function count(title, prefix, name)
  local text, pattern, times = "\n" .. section(title), prefix:gsub("%p", "%%%0") .. name, 0
  for _ in text:gmatch("\n### " .. pattern .. "\n") do times = times + 1 end
  for _ in text:gmatch("\n%- %[" .. pattern .. "%]") do times = times + 1 end
  for _ in text:gmatch("\n| `" .. name .. "` |") do times = times + 1 end
  return times
end

-- The functions of a metatable that are not marked `package` in their file.
local function functions_of(class, path)
  local found, set = annotations.read({ path }).functions, {}
  for name, value in pairs(class) do
    local block = found[path .. ":" .. name] or found[path .. "." .. name]
    local is_hidden = name:find "^__" or block and block.hidden
    if type(value) == "function" and not is_hidden then set[name] = true end
  end
  return set
end

local function without(set, other)
  for name in pairs(other) do set[name] = nil end
  return set
end

local function raw_names(object)
  local set = {}
  for name in pairs(object) do set[name] = true end
  return set
end

describe("the reference", function()
  local home = sim.home(nil, { quiet = true })
  local device = home:device "Kitchen/Lamp"
  local handle = home:every("1 h", function() end)
  local task = home:spawn(function() end)

  local home_names = public_names.of(setmetatable({}, require "homey.home"))
  local cases = {
    { "homey", "homey.", public_names.of(homey) },
    { "homey", "homey.", raw_names(facade.whole(homey)) },
    { "home", "home:", home_names },
    { "device", "device:", public_names.of(device) },
    { "devices", "devices:", public_names.of(home:devices()) },
    { "value", "value:", public_names.of(home:devices():count "onoff") },
    { "insights", "insights:",
      public_names.of(home:device("Garden/Weather"):insights "measure_temperature") },
    { "prices", "prices:", public_names.of(home:electricity_prices()) },
    { "zone", "zone:", public_names.of(home:zone "Kitchen") },
    { "flow", "flow:", public_names.of(home:flows()[1]) },
    { "folder", "folder:", public_names.of(home:folders()[1]) },
    { "variable", "variable:", public_names.of(home:variables()[1]) },
    { "user", "user:", public_names.of(home:users()[1]) },
    { "mood", "mood:", public_names.of(home:moods()[1]) },
    { "token", "token:", public_names.of(home:tokens()[1]) },
    { "card", "card:", public_names.of(home:cards()[1]) },
    { "alarm", "alarm:", public_names.of(home:alarms()[1]) },
    { "notification", "notification:", public_names.of(home:notifications()[1]) },
    { "app", "app:", public_names.of(home:apps()[1]) },
    { "image", "image:", public_names.of(home:images()[1]) },
    { "dashboard", "dashboard:", public_names.of(home:dashboards()[1]) },
    { "system", "system:", public_names.of(home:system()) },
    { "updates", "updates:", public_names.of(home:updates()) },
    { "ledring", "ledring:", public_names.of(home:ledring()) },
    { "access_token", "access_token:", public_names.of((home:create_access_token {
      name = "Tablet", scopes = { "homey" },
    })) },
    { "handle", "handle:", functions_of(getmetatable(handle), "lua/homey/task/handle.lua") },
    { "task", "task:", functions_of(getmetatable(task), "lua/homey/task/task.lua") },
    { "error", "error:", raw_names(new_error("hub", "no", { status = 500 })) },
    { "homey.json", "homey.json.", raw_names(homey.json) },
    { "sim", "sim.", functions_of(sim, "lua/homey/sim/init.lua") },
    { "simulated home", "home:", without(public_names.of(home), home_names) },
    { "simulated server", "sim:", functions_of(sim.Sim, "lua/homey/sim/init.lua") },
  }

  for i, case in ipairs(cases) do
    it(("describes each name once: %s, %d"):format(case[1], i), function()
      local total = 0
      for name in pairs(case[3]) do
        total = total + 1
        assert.equal(1, count(case[1], case[2], name), case[2] .. name)
      end
      assert.is_true(total > 0)
    end)
  end

  it("describes every field", function() assert.is_nil(page:match "\n| [^\n]* |  |\n") end)

  it("is up to date with make reference", function()
    assert.equal(dofile "mk/reference/reference.lua", page)
  end)
end)
