--- Programs of others, from npm: installed once, in folders of their own outside the checkout, for
--- all Luas.
local core = require "homey.core"

local slow = tonumber(os.getenv "HOMEY_TEST_SLOW" or "1")
local here = debug.getinfo(1, "S").source:match "^@(.*)npm%.lua$"
if here:sub(1, 1) ~= "/" then here = (os.getenv "PWD" or ".") .. "/" .. here end
local clean = "env -u LD_PRELOAD " -- a sanitizer that is preloaded into us has no business in Node

local npm = {}

local function run(command)
  local pipe = assert(io.popen(command))
  local out = pipe:read "*a"
  pipe:close()
  return out
end

--- The reason to skip what needs Node: there is none. In CI it fails instead.
---@return string? why
function npm.missing()
  if run "command -v node >/dev/null && command -v npm" == "" and not os.getenv "CI" then
    return "needs node and npm"
  end
end

--- The folder where a package is installed, below HOMEY_TEST_NPM or the folder of temporary files.
---@param name string
---@param version string  "2.5": that or a later one of the same
---@param more? string  others beside it, "name@version", apart by spaces
---@return string folder
function npm.package(name, version, more)
  local base = os.getenv "HOMEY_TEST_NPM" or os.getenv "TMPDIR" or "/tmp"
  local folder = ("%s/homey-test-npm-%s-%s"):format(base, name, version)
  local done = ("%s/node_modules/%s/package.json"):format(folder, name)
  local said = run(([[
    mkdir -p '%s' && cd '%s' || exit
    exec 9>lock; command -v flock >/dev/null && flock 9
    [ -e '%s' ] || %s npm install --no-audit --no-fund --prefix . %s@%s %s >npm.log 2>&1 </dev/null || cat npm.log
  ]]):format(folder, folder, done, clean, name, version, more or ""))
  local file = io.open(done)
  assert(file, ("npm could not install %s %s: %s"):format(name, version, said))
  local found = file:read("*a"):match '"version": "([^"]+)"'
  file:close()
  assert(found:sub(1, #version) == version, found)
  return folder
end

local Program = {}
Program.__index = Program

local function quoted(s) return "'" .. s:gsub("'", "'\\''") .. "'" end

--- The output of a script that must succeed. Packages are those of the folder.
---@param script string       beside this file, "../../oracle/json.js"
---@param arguments string[]
---@param folder? string
---@param input? string       path of a file
---@return string
function npm.output(script, arguments, folder, input)
  local words = {
    "NODE_PATH=" .. quoted((folder or "/") .. "/node_modules"), clean, "node",
    quoted(here .. script),
  }
  for _, each in ipairs(arguments) do words[#words + 1] = quoted(tostring(each)) end
  local said = run(table.concat(words, " ") .. " 2>&1 <" .. quoted(input or "/dev/null")
    .. "; echo exit $?")
  local out, code = said:match "^(.*)exit (%d+)\n$"
  if code ~= "0" then error(("%s: exit %s: %s"):format(script, code, out), 2) end
  return out
end

--- Runs a script of this folder in a package's folder; it ends with its input.
---@param folder string
---@param script string
---@param arguments string[]
---@param env? table<string, string>
---@param options? string  of node
---@return table program
function npm.start(folder, script, arguments, env, options)
  local words = {
    "cd", quoted(folder), "&& NODE_PATH=" .. quoted(folder .. "/node_modules"), clean,
  }
  for name, value in pairs(env or {}) do words[#words + 1] = name .. "=" .. quoted(value) end
  words[#words + 1] = ("node %s %s"):format(options or "", quoted(here .. script))
  for _, each in ipairs(arguments) do words[#words + 1] = quoted(each) end
  local output = os.tmpname()
  local input = assert(io.popen(table.concat(words, " ") .. " >" .. quoted(output) .. " 2>&1", "w"))
  input:setvbuf "no"
  return setmetatable({ input = input, output = output }, Program)
end

--- The output so far.
---@return string
function Program:said()
  local file = assert(io.open(self.output))
  local text = file:read "*a"
  file:close()
  return text
end

--- Sends a line to its input.
---@param line string
function Program:tell(line) self.input:write(line, "\n") end

--- Waits until a condition holds; other things continue.
---@generic T
---@param f fun(): T?
---@param pause? fun(seconds: number)
---@return T? result  nil: it never was
function npm.till(f, pause)
  for _ = 1, 600 * slow do
    local result = f()
    if result then return result end
    (pause or core.pause)(0.05)
  end
end

--- Waits for output that matches, after the last match.
---@param pattern string
---@param pause? fun(seconds: number)
---@return string ...  captures
function Program:expect(pattern, pause)
  local found = npm.till(function()
    local each = { self:said():find(pattern, self.at or 1) }
    return each[1] and each
  end, pause)
  if not found then error(("it did not say %s, but: %s"):format(pattern, self:said()), 2) end
  self.at = found[2] + 1
  return (table.unpack or unpack)(found, 3) -- luacheck: compat
end

--- Ends it.
function Program:stop()
  self.input:close()
  os.remove(self.output)
end

npm.here, npm.run, npm.clean = here, run, clean

return npm
