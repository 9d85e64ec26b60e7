-- Export of a home into a tree: writes the files that differ. It removes the file of a thing that
-- no longer exists, if export has written that file. A file that was edited and not applied is
-- kept; if the home has changed the same thing, export raises an error.

local Folder = require "homey.cli.tree.folder"
local base = require "homey.cli.tree.base"
local canonical = require "homey.cli.tree.canonical"
local core = require "homey.core"
local invalid = require "homey.util.invalid"
local kinds = require "homey.cli.tree.kinds"
local snapshot = require "homey.cli.tree.snapshot"
local suggest = require "homey.util.suggest"
local text = require "homey.util.text"

---@class homey.cli.Exported
---@field file string
---@field outcome "new"|"changed"|"removed"|"kept"  kept: it was edited, and is not applied

local named = 5 -- edited files that a message names

-- Reports whether the content of a file, apart from its layout, has changed since it was written.
local function was_edited(content, before, now)
  local value = core.decode(content)
  return not canonical.equal(value, before) and not canonical.equal(value, now)
end

local function refuse(folder, edited)
  local more = #edited > named and (" and %d more"):format(#edited - named) or ""
  for i = #edited, named + 1, -1 do edited[i] = nil end
  invalid("in %s these files were edited, and the home has changed the same things: %s%s. See both "
    .. "with `homey plan`. Apply the files, or overwrite them by an export with --force.",
    text.visible(folder.path), text.visible(table.concat(edited, ", ")), more)
end

local function check_home(folder, known, all)
  if not known or base.is_of(known, all) then return end
  invalid("%s is a tree of the home %s, not of %s. Export into another folder, or with --force.",
    text.visible(folder.path), base.name(known.home), base.name(all.home))
end

-- Returns the changes by path: the new text, false to remove the file, true to keep an edited file.
local function changes_of(folder, known, wanted, force)
  local changes, edited = {}, {}
  for path, item in pairs(wanted) do
    local content, now = canonical.file(item), folder:read(path)
    if now ~= content then
      changes[path] = content
      local is_edited = now and was_edited(now, known[path], item)
      local is_unchanged = known[path] and canonical.equal(known[path], item)
      if is_edited and is_unchanged and not force then
        changes[path] = true
      elseif is_edited then
        edited[#edited + 1] = path
      end
    end
  end
  for path, item in pairs(known) do
    local now = not wanted[path] and folder:read(path)
    if now then
      changes[path] = false
      if was_edited(now, item) then edited[#edited + 1] = path end
    end
  end
  table.sort(edited)
  return changes, edited
end

--- The files of a snapshot: things by path.
---@param all homey.cli.Snapshot
---@return table<string, table>
local function files_of(all)
  local wanted = {}
  for _, row in ipairs(kinds) do
    for _, item in ipairs(all[row.name]) do wanted[all.files[item]] = item end
  end
  return wanted
end

local function write(folder, changes)
  local done = {}
  for i, path in ipairs(suggest.keys(changes)) do
    local outcome = changes[path] and "kept" or "removed"
    if changes[path] and changes[path] ~= true then
      outcome = folder:read(path) and "changed" or "new"
      folder:write(path, changes[path])
    elseif not changes[path] then
      folder:remove(path)
    end
    done[i] = { file = path, outcome = outcome }
  end
  return done
end

local export = { files_of = files_of }

--- Export a home.
---@param home homey.Home
---@param path string
---@param force? boolean  overwrites what was edited, and the tree of another home
---@return homey.cli.Exported[] done
---@return integer count  files of the tree
function export.run(home, path, force)
  local folder = Folder.at(path)
  local before, all = base.read(folder), snapshot.read(home)
  local known, wanted, count = before and before.written or {}, files_of(all), 0
  if not force then check_home(folder, before, all) end
  local changes, edited = changes_of(folder, known, wanted, force)
  if #edited > 0 and not force then refuse(folder, edited) end
  local done = write(folder, changes)
  base.write(folder, base.new(all.home, wanted))
  for _ in pairs(wanted) do count = count + 1 end
  return done, count
end

return export
