-- File names for the things in a tree, made from their names: readable, in any alphabet, and valid
-- on every operating system. No name leads out of its folder. No two things share a file, even in a
-- file system that ignores case.

local kinds = require "homey.cli.tree.kinds"
local text = require "homey.util.text"

local longest = 120 -- bytes of a part of a path; a file name may have 255

local file_names = {}

local devices_of_windows = { con = true, prn = true, aux = true, nul = true }

local function is_reserved(part)
  local stem = text.lower(part:match "^[^.]*")
  return devices_of_windows[stem] or stem:find "^com%d$" ~= nil or stem:find "^lpt%d$" ~= nil
end

-- Truncates a text at a character boundary.
local function shortened(part)
  if #part <= longest then return part end
  local kept, size = {}, 0
  for i, character in ipairs(text.characters(part)) do
    size = size + #character
    if size > longest then break end
    kept[i] = character
  end
  return table.concat(kept)
end

--- A name as a part of a path.
---@param name string
---@return string
function file_names.part(name)
  -- `visible` escapes unprintable characters as \u{..}: each becomes an underscore
  local part = text.visible(name):gsub("\\u{%x+}", "_"):gsub("\\x%x%x", "_")
  part = part:gsub("\\[nrt]", "_"):gsub('[%c/\\:*?"<>|]', "_"):gsub("^%.+", "_")
  part = shortened(part):gsub("^ +", ""):gsub("[ .]+$", "")
  if part == "" then part = "_" end
  return is_reserved(part) and part .. "_" or part
end

-- A folder must not have the name of a file.
local function folder_part(name)
  local part = file_names.part(name)
  return text.lower(part):find "%.json$" and part .. "_" or part
end

local function key_of(path) return text.fold(path) end

local function stem_of(row, item, all)
  local above = not row.nests and row.above and item[row.above]
  local around = above and all[kinds.above_of(row)].by_id[above]
  local folder = around and folder_part(around.name) .. "/" or ""
  return ("%s/%s%s"):format(row.folder, folder, file_names.part(item.name))
end

-- Tries longer and longer names until one is free.
local function distinct(stem, id, taken)
  local n = 1
  local path = ("%s (%s).json"):format(stem, file_names.part(id:sub(1, 8)))
  while taken[key_of(path)] do
    n = n + 1
    path = ("%s (%s %d).json"):format(stem, file_names.part(id), n)
  end
  return path
end

--- Set `file` of each thing: its path in the tree.
---@param all table<string, homey.cli.TreeList>
function file_names.assign(all)
  for _, row in ipairs(kinds) do
    local stems, count, taken = {}, {}, {}
    for _, item in ipairs(all[row.name]) do
      local stem = stem_of(row, item, all)
      stems[item], count[key_of(stem)] = stem, (count[key_of(stem)] or 0) + 1
    end
    for _, item in ipairs(all[row.name]) do
      if count[key_of(stems[item])] == 1 then
        local path = stems[item] .. ".json"
        all.files[item], taken[key_of(path)] = path, true
      end
    end
    for _, item in ipairs(all[row.name]) do -- sorted by id: the same names every time
      if not all.files[item] then
        local path = distinct(stems[item], item.id, taken)
        all.files[item], taken[key_of(path)] = path, true
      end
    end
  end
end

return file_names
