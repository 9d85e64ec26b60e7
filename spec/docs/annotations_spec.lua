--- Annotations of public functions: each function is documented with exactly its arguments.
-- Runs hardly any C code: not under Valgrind.
-- Runs on one Lua: no Lua has a part in it.

local function lines_of(path)
  local list = {}
  for line in io.lines(path) do list[#list + 1] = line end
  return list
end

local function sources()
  local pipe, list = assert(io.popen("find lua/homey -name '*.lua' | sort")), {}
  for path in pipe:lines() do list[#list + 1] = path end
  pipe:close()
  return list
end

-- The comment right above a line.
local function comment_above(lines, i)
  local list = {}
  while lines[i - 1] and lines[i - 1]:find("^%-%-%-") do
    i = i - 1
    table.insert(list, 1, lines[i])
  end
  return list
end

-- The public tables of a file: its return value, and the tables marked as classes.
local function public_tables(lines)
  local public = {}
  for i, line in ipairs(lines) do
    local returned, name = line:match("^return (%w+)$"), line:match("^local (%w+) = ")
    if returned then public[returned] = true end
    local comment = name and table.concat(comment_above(lines, i), "\n")
    if comment and comment:find("%-%-%-@class") then public[name] = true end
  end
  return public
end

local function names_of(arguments)
  local names = {}
  for name in arguments:gmatch("[%w_.]+") do names[name] = true end
  return names
end

local function annotated(comment)
  local names, words = {}, false
  for _, line in ipairs(comment) do
    local name = line:match("^%-%-%-@param ([%w_.]+)")
    if name then names[name] = true end
    words = words or line:find("^%-%-%- %S") ~= nil or line:find("^%-%-%-@return %S+ %S") ~= nil
  end
  return names, words
end

local function difference(arguments, comment)
  local given, said, list = names_of(arguments), annotated(comment), {}
  for name in pairs(given) do
    if not said[name] and name ~= "_" then list[#list + 1] = "no @param " .. name end
  end
  for name in pairs(said) do
    if not given[name] then list[#list + 1] = "@param of nothing: " .. name end
  end
  return list
end

-- The public functions of a file, with their arguments and comments.
local function each_function(path, f)
  local lines = lines_of(path)
  local public, count = public_tables(lines), 0
  for i, line in ipairs(lines) do
    local owner, name, arguments = line:match("^function ([%w_]+)[.:]([%w_]+)(%b())")
    if owner and public[owner] and not name:find("^__") then
      count = count + 1
      f(("%s:%d: %s"):format(path, i, name), arguments, comment_above(lines, i))
    end
  end
  return count
end

describe("a public function", function()
  for _, path in ipairs(sources()) do
    it("of " .. path .. " documents its arguments", function()
      each_function(path, function(where, arguments, comment)
        local _, words = annotated(comment)
        assert.is_true(words, where .. " has no words")
        assert.same({}, difference(arguments, comment), where)
      end)
    end)
  end

  it("or field of the module is in the annotations of the class homey", function()
    local homey, said, given = require "homey", {}, {}
    for _, path in ipairs { "lua/homey/script/facade.lua", "lua/homey/meta/home.lua" } do
      local block = table.concat(lines_of(path), "\n"):match("%-%-%-@class homey\n(.-)\n\n")
      for name in block:gmatch("%-%-%-@field ([%w_]+)") do said[name] = true end
    end
    for name in pairs(require("homey.script.facade").whole(homey)) do given[name] = true end
    for _, name in ipairs { "json", "log", "connected" } do
      assert.is_not_nil(homey[name])
      given[name] = true
    end
    assert.same(given, said)
  end)

  it("is found at all", function()
    local count = 0
    for _, path in ipairs(sources()) do count = count + each_function(path, function() end) end
    assert.is_true(count > 150, count)
  end)
end)
