-- Base of a tree (file home.json): names the home of the tree, and holds each file as the last
-- export or apply wrote it. A file that differs from the base was edited; a thing at the home that
-- differs from the base was changed there.

local Folder = require "homey.cli.tree.folder"
local canonical = require "homey.cli.tree.canonical"
local core = require "homey.core"
local invalid = require "homey.util.invalid"
local kinds = require "homey.cli.tree.kinds"
local suggest = require "homey.util.suggest"
local text = require "homey.util.text"

local file, format = "home.json", 1

---@class homey.cli.TreeBase
---@field home {id: string?, name: string?}
---@field written table<string, table>  things by path
---@field by_id table<string, table<string, table>>  things by kind and id

local base = { file = file }

local function refuse(folder, problem)
  invalid("%s/%s %s. Get it back, or export into another folder.", text.visible(folder.path), file,
    problem)
end

local function kind_of(path)
  for _, row in ipairs(kinds) do
    if path:sub(1, #row.folder + 1) == row.folder .. "/" then return row end
  end
end

--- A base.
---@param home {id: string?, name: string?}
---@param written table<string, table>
---@return homey.cli.TreeBase
function base.new(home, written)
  local by_id = {}
  for _, row in ipairs(kinds) do by_id[row.name] = {} end
  for path, item in pairs(written) do by_id[kind_of(path).name][item.id] = item end
  return { home = home, written = written, by_id = by_id }
end

--- Read the base of a folder.
---@param folder homey.cli.TreeFolder
---@return homey.cli.TreeBase?  nil where there is none
function base.read(folder)
  local content = folder:read(file)
  if not content then return nil end
  local value, problem = core.decode(content)
  if problem or type(value) ~= "table" then refuse(folder, "is not valid JSON") end
  if type(value.format) == "number" and value.format > format then
    refuse(folder, "was written by a newer homey")
  end
  if value.format ~= format or type(value.written) ~= "table" or type(value.home) ~= "table" then
    refuse(folder, "was not written by `homey export`")
  end
  local written = {}
  for path, item in pairs(value.written) do
    if not Folder.is_path(path) or type(item) ~= "table" or type(item.id) ~= "string" then
      refuse(folder, "names a file that cannot belong to a tree")
    end
    written[path] = item
  end
  local home = { id = value.home.id, name = value.home.name }
  for name, each in pairs(home) do
    if type(each) ~= "string" then home[name] = nil end
  end
  return base.new(home, written)
end

--- Write the base of a folder, one thing a line. A file with the same content is not written.
---@param folder homey.cli.TreeFolder
---@param self homey.cli.TreeBase
function base.write(folder, self)
  local lines = {}
  for i, path in ipairs(suggest.keys(self.written)) do
    lines[i] = ("    %s: %s"):format(canonical.line(path), canonical.line(self.written[path]))
  end
  local content = ('{\n  "format": %d,\n  "home": %s,\n  "written": {%s}\n}\n'):format(format,
    canonical.line(self.home), #lines > 0 and "\n" .. table.concat(lines, ",\n") .. "\n  " or "")
  if folder:read(file) ~= content then folder:write(file, content) end
end

--- Report whether a tree belongs to this home. When an id is unknown, it does if they have a thing
--- in common.
---@param self homey.cli.TreeBase
---@param all homey.cli.Snapshot
---@return boolean
function base.is_of(self, all)
  if self.home.id and all.home.id then return self.home.id == all.home.id end
  local is_empty = true
  for _, row in ipairs(kinds) do
    for id in pairs(row.name ~= "zone" and self.by_id[row.name] or {}) do
      if all[row.name].by_id[id] then return true end
      is_empty = false
    end
  end
  return is_empty
end

--- The name of a home for a message.
---@param home {id: string?, name: string?}
---@return string
function base.name(home)
  return ("'%s'"):format(text.visible(home.name or home.id or "a home without a name"))
end

return base
