--- Pages of documentation: their blocks run as programs, or as automations in virtual time.
local page = {}

page.read = dofile("mk/files.lua").contents

--- Writes a file.
---@param path string
---@param text string
function page.write(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

--- The blocks of a page in a language.
---@param path string
---@param language string  "lua" or "c"
---@return fun(): string?
function page.blocks(path, language)
  return page.read(path):gmatch("\n```" .. language .. "\n(.-)\n```")
end

local function quoted(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

--- Runs a command; returns exit code and output.
---@param folder string     gets files with both; an absolute path
---@param command string
---@param env? table<string, string>
---@param directory? string  where it runs; the folder by default
---@return integer code
---@return string output
function page.run(folder, command, env, directory)
  local words = { "env" }
  for name, value in pairs(env or {}) do words[#words + 1] = name .. "=" .. quoted(value) end
  words[#words + 1] = command
  local line = "cd %s && { timeout 200 %s > %s/out 2>&1; echo $? > %s/code; }"
  os.execute(line:format(directory or folder, table.concat(words, " "), folder, folder))
  return tonumber(page.read(folder .. "/code")), page.read(folder .. "/out")
end

local automation = [[
local home = require("homey.sim").home()
homey, f = home.homey, function() end -- of which fragments are made
home:load(arg[1])
home:advance "1 day"
]]

--- Runs a block for a day in a home in virtual time.
---@param folder string
---@param block string
---@return integer code
---@return string output
function page.automate(folder, block)
  page.write(folder .. "/block.lua", block)
  page.write(folder .. "/runner.lua", automation)
  return page.run(folder, (os.getenv "HOMEY_TEST_LUA" or "lua") .. " runner.lua block.lua")
end

--- Checks a run: it succeeded and printed what the block promises behind -->.
---@param block string
---@param code integer
---@param output string
function page.check(block, code, output)
  assert(code == 0, output)
  for promised in block:gmatch "%-%->%s*([^\n]+)" do
    assert(output:find(promised, 1, true), ("%q is not in: %s"):format(promised, output))
  end
end

return page
