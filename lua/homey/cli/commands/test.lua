-- homey test [FILE|FOLDER...]: runs tests of automations by busted, under the same Lua. They find
-- homey.sim, whose homes live in virtual time, and the files of the current folder.

local arguments = require "homey.cli.arguments"
local is_readable = require "homey.util.is_readable"
local system = require "homey.system"
local test_files = require "homey.cli.test_files"
local visible = require("homey.util.text").visible

local command = {
  name = "test", takes = "[FILE|FOLDER...]", most = math.huge,
  text =
    "Test automations in virtual time: files, and all *_test.lua and *_spec.lua below folders.",
  more =
    "Without arguments: the folders spec, test and tests if they exist, else the current one and\n"
    .. "those directly in it.\n"
    .. "docs/testing.md shows how to write a test. Needs busted.",
  options = {
    { name = "filter", value = "TEXT", type = "text",
      doc = "only tests whose names match this Lua pattern" },
    { name = "output", short = "o", value = "NAME", type = "text",
      doc = "busted's output: TAP, json, junit, gtest, plainTerminal, ..." },
    { name = "list", short = "l", type = "boolean", doc = "list the tests, and run none" },
  },
}

local pattern = test_files.pattern
local usual = { "spec", "test", "tests" }
local deepest = 20 -- folders below one that is named

local function version()
  return rawget(_G, "jit") and "5.1" or _VERSION:match "%d+%.%d+"
end

local missing = [[
homey test: this Lua has no busted, which runs the tests. Install it with one of these:
  luarocks --lua-version=%s install busted
  apt install lua-busted
]]

-- An automation that ran as a test would switch real devices.
local no_test = [[
homey test: '%s' is no test. Test files end in _test.lua or _spec.lua; `homey run` runs automations.
]]

local none = "homey test: there is no test in %s: its name ends in _test.lua or _spec.lua. "
  .. "docs/testing.md shows how to write one.\n"

-- The test files of the paths that were named, else of the usual folders; nil and where there is
-- none.
local function tests_of(named)
  local files, folders = {}, {}
  for _, path in ipairs(named) do
    local list = system.stat(path) == "folder" and folders or files
    list[#list + 1] = path
  end
  if #named == 0 then
    for _, folder in ipairs(usual) do
      if is_readable(folder) then folders[#folders + 1] = folder end
    end
  end
  local is_here = #files + #folders == 0
  if is_here then folders[1] = "." end
  for _, path in ipairs(test_files.below(folders, is_here and 2 or deepest)) do
    files[#files + 1] = path
  end
  if #files > 0 then return files end
  return nil, is_here and "this folder" or table.concat(folders, ", ")
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

-- busted reads the global `arg`, and ends the program where tests fail. Called from a chunk that is
-- no file it does so in the same way on every Lua.
local start = "local run = ... run({ standalone = false })"

local function run(list)
  rawset(_G, "arg", list)
  package.path = "./?.lua;./?/init.lua;" .. package.path
  local chunk = (rawget(_G, "loadstring") or load)(start, "=homey test")
  chunk(require "busted.runner")
  return 0
end

local function complain(sentence, ...)
  io.stderr:write(visible(sentence:format(...):gsub("\n$", ""), true), "\n")
  return 1
end

local test = { commands = { test = command } }

--- homey test.
---@param list string[]
---@return integer code
function test.main(list)
  local options, paths = arguments.read(command, list)
  if not options then return paths --[[@as integer]] end
  for _, path in ipairs(paths --[[@as string[] ]]) do
    if not is_readable(path) then
      return complain("homey test: there is no file or folder '%s'.\n", path)
    end
    if path:find "%.lua$" and not path:find(pattern) then return complain(no_test, path) end
  end
  if not pcall(require, "busted.runner") then return complain(missing, version()) end
  local tests, where = tests_of(paths --[[@as string[] ]])
  if not tests then return complain(none, where) end
  return run(busted_arguments(options, tests))
end

return test
