-- homey test [FILE|FOLDER...]: a user's own specs of automations, run by busted under the Lua that runs us. They find
-- homey.sim, whose homes live in virtual time, and the files in the folder from which they are run.

local arguments = require "homey.cli.arguments"
local is_readable = require "homey.util.is_readable"

local command = {
  name = "test", takes = "[FILE|FOLDER...]", most = math.huge,
  text = "Test automations in virtual time: files, and all *_test.lua and *_spec.lua in folders and those below.",
  more = "Where nothing is named: the folders spec, test and tests where there are such, else this one. docs/testing.md\n" ..
    "shows how to write a test. It needs busted, which runs it.",
  options = {
    { name = "filter", value = "TEXT", type = "text",
      doc = "only tests whose names match this Lua pattern" },
    { name = "output", short = "o", value = "NAME", type = "text",
      doc = "busted's output: TAP, json, junit, gtest, plainTerminal, ..." },
    { name = "list", short = "l", type = "boolean", doc = "list the tests, and run none" },
  },
}

local pattern = "_[st][pe][es][ct]%.lua$" -- _spec.lua and _test.lua: busted may take but one
local usual = { "spec", "test", "tests" }

local function version()
  return rawget(_G, "jit") and "5.1" or _VERSION:match "%d+%.%d+"
end

local missing = [[
homey test: this Lua has no busted, which runs the tests. Install it by one of these:
  luarocks --lua-version=%s install busted
  apt install lua-busted
]]

-- It would be run as a test, and switch what is at home.
local no_test = [[
homey test: '%s' is no test: the files of tests end in _test.lua or _spec.lua. `homey run` runs automations.
]]

-- What there is to test; where nothing was named, what is usual.
local function places(named)
  if #named > 0 then return named end
  local found = {}
  for _, folder in ipairs(usual) do
    if is_readable(folder) then found[#found + 1] = folder end
  end
  return #found > 0 and found or { "." }
end

local function busted_arguments(options, paths)
  local list = { [0] = "homey test", "--pattern=" .. pattern }
  for _, name in ipairs { "filter", "output" } do
    if options[name] then list[#list + 1] = "--" .. name .. "=" .. options[name] end
  end
  if options.list then list[#list + 1] = "--list" end
  for _, path in ipairs(paths) do list[#list + 1] = path end
  return list
end

-- busted reads the global `arg`, as a program of its own does. Where tests fail it ends the program: called from text that
-- is no file it does so in the same way on every Lua.
local start = "local run = ... run({ standalone = false })"

local function run(list)
  rawset(_G, "arg", list)
  package.path = "./?.lua;./?/init.lua;" .. package.path
  local chunk = (rawget(_G, "loadstring") or load)(start, "=homey test")
  chunk(require "busted.runner")
  return 0
end

local function complain(sentence, ...)
  io.stderr:write(sentence:format(...))
  return 1
end

local test = {}

--- homey test.
---@param list string[]
---@return integer code
function test.main(list)
  local options, paths = arguments.read(command, list)
  if not options then return paths --[[@as integer]] end
  for _, path in ipairs(paths --[[@as string[] ]]) do
    if not is_readable(path) then return complain("homey test: there is no file and no folder '%s'.\n", path) end
    if path:find "%.lua$" and not path:find(pattern) then return complain(no_test, path) end
  end
  if not pcall(require, "busted.runner") then return complain(missing, version()) end
  return run(busted_arguments(options, places(paths --[[@as string[] ]])))
end

return test
