-- Test files: found below folders by their names, in a part of the disk that has a bound.

local system = require "homey.system"

local test_files = {}

--- The pattern of their names: _spec.lua and _test.lua, as one for busted.
test_files.pattern = "_[st][pe][es][ct]%.lua$"

local most = 20000 -- entries of folders that are looked at

-- Hidden folders, and those of installed packages.
local function is_skipped(name)
  return name:find "^%." ~= nil or name == "node_modules" or name == "lua_modules"
end

local function look(search, folder, depth)
  local real = system.real(folder)
  if not real or search.seen[real] then return end -- a link may lead back
  search.seen[real] = true
  for _, name in ipairs(system.list(folder) or {}) do
    search.left = search.left - 1
    if search.left < 0 then return end
    local path = folder == "." and name or (folder:gsub("/+$", "")) .. "/" .. name
    local kind = not is_skipped(name) and system.stat(path)
    if kind == "file" and name:find(test_files.pattern) then
      search.found[#search.found + 1] = path
    elseif kind == "folder" and depth > 1 then
      look(search, path, depth - 1)
    end
  end
end

--- The test files in folders.
---@param folders string[]
---@param depth integer  1: not in folders inside
---@return string[] paths  sorted
function test_files.below(folders, depth)
  local search = { found = {}, seen = {}, left = most }
  for _, folder in ipairs(folders) do look(search, folder, depth) end
  table.sort(search.found)
  return search.found
end

return test_files
