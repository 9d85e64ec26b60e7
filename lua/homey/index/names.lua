-- Names of devices and zones in the index. The first line is JSON with all names. Each further line
-- has the facts of a group of equal devices; only the line of the wanted device is decoded.

local core = require "homey.core"
local device_facts = require "homey.index.device_facts"

local names = {}

---@class homey.IndexNames
---@field zones string[][]    { id, name, id of the zone around it or "" }
---@field devices any[][]  { id, name, id of its zone or "", class or "", number of its facts }

local function rows_of(registry, key, number_of)
  local rows = {}
  for i, each in ipairs(registry.list) do
    local record = each.record
    rows[i] = setmetatable({ record.id, record.name, record[key] or "", record.class or "",
      number_of(record) }, core.array)
  end
  table.sort(rows, function(a, b) return a[1] < b[1] end)
  return setmetatable(rows, core.array)
end

--- The content of an index from the lists of a home.
---@param directory homey.Directory
---@return string?  nil where a name cannot be written
function names.pack(directory)
  local lines, numbers = {}, {}
  local function number_of(record)
    local facts = record.capabilities and device_facts.pack(record)
    if not facts then return 0 end
    if not numbers[facts] then
      lines[#lines + 1] = facts
      numbers[facts] = #lines
    end
    return numbers[facts]
  end
  local all = core.encode {
    zones = rows_of(directory:registry "zone", "parent", number_of),
    devices = rows_of(directory:registry "device", "zone", number_of),
  }
  lines[#lines + 1] = ""
  return all and all .. "\n" .. table.concat(lines, "\n")
end

local function are_rows(list)
  if type(list) ~= "table" then return false end
  for _, row in ipairs(list) do
    if type(row) ~= "table" then return false end
    for i = 1, 4 do
      if type(row[i]) ~= "string" then return false end
    end
    if type(row[5]) ~= "number" then return false end
  end
  return true
end

--- All names.
---@param file homey.IndexFile
---@return homey.IndexNames?  nil where they are broken
function names.unpack(file)
  local line = file.text:match("^([^\n]*)\n", file.behind)
  local all = line and core.decode(line)
  if type(all) ~= "table" or not (are_rows(all.zones) and are_rows(all.devices)) then return nil end
  return all
end

--- The facts of a device.
---@param file homey.IndexFile
---@param number integer  of the facts, as the row of the device has it
---@return table<string, homey.Capability>?  nil where they are missing or broken
function names.facts(file, number)
  local last = file.text:find("\n", file.behind, true)
  for _ = 2, number do last = last and file.text:find("\n", last + 1, true) end
  local line = last and number > 0 and file.text:match("^[^\n]*", last + 1)
  return line and device_facts.unpack(line)
end

-- Returns the names of the parents of a zone, outermost first, and its own.
local function path_of(by_id, id, paths)
  if not by_id[id] then return {} end
  if paths[id] then return paths[id] end
  paths[id] = {} -- a zone inside itself ends the search
  local path = {}
  for i, name in ipairs(path_of(by_id, by_id[id][3], paths)) do path[i] = name end
  path[#path + 1] = by_id[id][2]
  paths[id] = path
  return path
end

--- The devices, for a resolver of names. The result of a search is the row of the device.
---@param all homey.IndexNames
---@return homey.Named[] items
---@return table<string, string[]> zones  the rows of the zones by id
function names.items(all)
  local by_id, paths, items = {}, {}, {}
  for _, row in ipairs(all.zones) do by_id[row[1]] = row end
  for i, row in ipairs(all.devices) do
    items[i] = { id = row[1], name = row[2], path = path_of(by_id, row[3], paths), resource = row }
  end
  return items, by_id
end

return names
