-- Folder of a tree: reads and writes whole files. It never follows a path or a link out of the
-- folder.

local invalid = require "homey.util.invalid"
local kinds = require "homey.cli.tree.kinds"
local new_error = require "homey.error"
local raise = require "homey.util.raise"
local system = require "homey.system"
local text = require "homey.util.text"

local deepest = 8       -- nested folders
local most = 4 * 1048576 -- bytes of a file

---@class homey.cli.TreeFolder
---@field path string
local Folder = {}
Folder.__index = Folder

local function fail(what, path, problem)
  local err = new_error("unavailable", ("cannot %s %s: %s."):format(what, text.visible(path),
    tostring(problem):gsub("^.*: ", ""):gsub("%.$", "")))
  err.exit_code = 1
  raise(err)
end

-- ---- paths --------------------------------------------------------------------------------------

local function parent_of(path) return path:match "^(.*)/[^/]*$" or "." end

--- Report whether this is a valid path of a file in a tree. The list may come from an untrusted
--- file.
---@param path any
---@return boolean
function Folder.is_path(path)
  if type(path) ~= "string" or path:find "%z" or not path:find "%.json$" then return false end
  local top = path:match "^([^/]+)/"
  for part in (path .. "/"):gmatch "([^/]*)/" do
    if part == "" or part:sub(1, 1) == "." then return false end
  end
  for _, row in ipairs(kinds) do
    if row.folder == top then return true end
  end
  return false
end

-- A link may lead out of the folder.
local function check_inside(self, folder)
  local real, root = system.real(folder), system.real(self.path)
  if not real or not root then fail("read", folder, select(2, system.real(folder))) end
  if real ~= root and root ~= "/" and real:sub(1, #root + 1) ~= root .. "/" then
    invalid("%s leads out of %s: remove that link.", text.visible(folder),
      text.visible(self.path))
  end
end

-- Folders of the tree are made only below those that are checked.
local function make(self, path)
  if system.stat(path) == "folder" then
    return #path > #self.path and check_inside(self, path) or nil
  end
  local parent = parent_of(path)
  if parent ~= path and parent ~= "" then make(self, parent) end
  local made, problem = system.mkdir(path)
  if not made and system.stat(path) ~= "folder" then fail("make the folder", path, problem) end
end

-- ---- files --------------------------------------------------------------------------------------

--- The text of a file; nil where it is not there.
---@param path string  in the folder
---@return string?
function Folder:read(path)
  local whole = self.path .. "/" .. path
  if not system.stat(whole) then return nil end
  check_inside(self, parent_of(whole))
  local file, problem = io.open(whole, "rb")
  if not file then fail("read", whole, problem) end
  local content = file:read(most + 1)
  file:close()
  if content and #content > most then invalid("%s is too large.", text.visible(whole)) end
  return content or ""
end

--- Write a file atomically.
---@param path string
---@param content string
function Folder:write(path, content)
  local whole = self.path .. "/" .. path
  make(self, parent_of(whole))
  check_inside(self, parent_of(whole))
  local part = whole .. ".part"
  os.remove(part) -- a link would be followed
  local file, problem = io.open(part, "wb")
  if not file then fail("write", whole, problem) end
  local ok, why = file:write(content)
  if ok then ok, why = file:close() else file:close() end
  if ok then ok, why = os.rename(part, whole) end
  if ok then return end
  os.remove(part)
  fail("write", whole, why)
end

--- Remove a file, and its folder if that is empty.
---@param path string
function Folder:remove(path)
  local whole = self.path .. "/" .. path
  if not system.stat(whole) then return end
  check_inside(self, parent_of(whole))
  local ok, problem = os.remove(whole)
  if not ok then fail("remove", whole, problem) end
  os.remove(parent_of(whole)) -- fails while something is in it
end

local function add_files(self, path, list, depth)
  local whole = self.path .. "/" .. path
  check_inside(self, whole)
  local names, problem = system.list(whole)
  if not names then fail("read", whole, problem) end
  table.sort(names)
  for _, name in ipairs(names) do
    local inner = path .. "/" .. name
    local kind = name:sub(1, 1) ~= "." and system.stat(self.path .. "/" .. inner)
    if kind == "folder" and depth < deepest then
      add_files(self, inner, list, depth + 1)
    elseif kind == "file" and name:find "%.json$" then
      list[#list + 1] = inner
    end
  end
end

--- The files of a kind, sorted.
---@param row homey.cli.TreeKind
---@return string[] paths
function Folder:files(row)
  local list = {}
  if system.stat(self.path .. "/" .. row.folder) == "folder" then
    add_files(self, row.folder, list, 1)
  end
  return list
end

--- The folder at a path.
---@param path string
---@return homey.cli.TreeFolder
function Folder.at(path)
  if path == "" then invalid "the folder of the tree has no name." end
  local kind = system.stat(path)
  if kind and kind ~= "folder" then invalid("%s is not a folder.", text.visible(path)) end
  path = path:gsub("/+$", "")
  return setmetatable({ path = path == "" and "/" or path }, Folder)
end

return Folder
