-- Names of devices and zones in the index: a line of JSON with all names, then a line with the
-- facts of each device, which are read for the device that is wanted alone.

local core = require "homey.core"
local device_facts = require "homey.index.device_facts"

local names = {}

---@class homey.IndexNames
---@field zones string[][]    { id, name, id of the zone around it or "" }
---@field devices string[][]  { id, name, id of its zone or "", class or "" }

local function rows_of(registry, key)
  local rows = {}
  for i, each in ipairs(registry.list) do
    local record = each.record
    rows[i] = setmetatable({ record.id, record.name, record[key] or "", record.class or "" },
      core.array)
  end
  table.sort(rows, function(a, b) return a[1] < b[1] end)
  return setmetatable(rows, core.array)
end

--- The content of an index from the lists of a home.
---@param directory homey.Directory
---@return string?  nil where a name cannot be written
function names.pack(directory)
  local devices = directory:registry "device"
  local lines = {
    core.encode {
      zones = rows_of(directory:registry "zone", "parent"), devices = rows_of(devices, "zone"),
    },
  }
  if not lines[1] then return nil end
  for _, device in ipairs(devices.list) do
    local facts = not device.id:find "%c" and device_facts.pack(device.record)
    if facts then lines[#lines + 1] = device.id .. "\t" .. facts end
  end
  lines[#lines + 1] = ""
  return table.concat(lines, "\n")
end

local function are_rows(list)
  if type(list) ~= "table" then return false end
  for _, row in ipairs(list) do
    if type(row) ~= "table" then return false end
    for i = 1, 4 do
      if type(row[i]) ~= "string" then return false end
    end
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
---@param id string
---@return table? facts  nil where they are missing or broken
function names.facts(file, id)
  local _, last = file.text:find("\n" .. id .. "\t", file.behind, true)
  return last and device_facts.unpack(file.text:match("^[^\n]*", last + 1))
end

-- The names of the zones around a zone, outermost first, and its own.
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
