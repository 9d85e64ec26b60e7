-- Names for completion: reads the index of the account and hub that a command would use. The names
-- may be outdated, since completion only suggests them. It makes no request.

local core = require "homey.core"
local index_file = require "homey.index.index_file"
local lists = require "homey.index.lists"
local names = require "homey.index.names"

---@class homey.cli.KnownNames
---@field account string
---@field hub? string  as it was named
---@field state_dir? string
local KnownNames = {}
KnownNames.__index = KnownNames

local function from_environment(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end

local function state_dir()
  local folder = from_environment "HOMEY_STATE_DIR"
  if folder then return folder end
  local state = from_environment "XDG_STATE_HOME"
  if state and state:sub(1, 1) == "/" then return state .. "/homey" end
  local home = from_environment "HOME" or core.home_folder()
  return home and home:gsub("/$", "") .. "/.local/state/homey"
end

--- The names for the options that were typed.
---@param options table<string, string>
---@return homey.cli.KnownNames
function KnownNames.new(options)
  return setmetatable({
    state_dir = state_dir(),
    account = options.account or from_environment "HOMEY_EMAIL" or from_environment "HOMEY_ADDRESS"
      or "",
    hub = options.hub or from_environment "HOMEY_HUB",
  }, KnownNames)
end

-- Returns the newest file of a kind. If the hub is named by its id, returns the file of that hub.
local function newest(self, kind)
  local best
  for _, each in ipairs(self.state_dir and index_file.all(self.state_dir, self.account) or {}) do
    local file = each.kind == kind and each.path:find "%.json$" and index_file.read(each.path)
    if file and each.hub == self.hub then return file end
    if file and not (best and best.true_at >= file.true_at) then best = file end
  end
  return best
end

-- The devices and zones; nil where none are known.
local function all_of(self)
  if self.all == nil then
    self.file = newest(self, "names")
    self.all = self.file and names.unpack(self.file) or false
  end
  return self.all or nil
end

-- The zones by id, and the name of each.
local function rooms_of(all)
  local rooms = {}
  for _, row in ipairs(all.zones) do rooms[row[1]] = row[2] end
  return rooms
end

--- The devices as "Zone/Name", with their classes.
---@return {[1]: string, [2]: string}[]
function KnownNames:devices()
  local all, list = all_of(self), {}
  if not all then return list end
  local rooms = rooms_of(all)
  for i, row in ipairs(all.devices) do
    local room = rooms[row[3]]
    list[i] = { room and room .. "/" .. row[2] or row[2], row[4] }
  end
  return list
end

--- Return the zones, each with its parent zone.
---@return {[1]: string, [2]: string}[]
function KnownNames:zones()
  local all, list = all_of(self), {}
  if not all then return list end
  local rooms = rooms_of(all)
  for i, row in ipairs(all.zones) do list[i] = { row[2], rooms[row[3]] or "" } end
  return list
end

--- The classes of the devices.
---@return {[1]: string, [2]: string}[]
function KnownNames:classes()
  local all, list, seen = all_of(self), {}, { [""] = true }
  for _, row in ipairs(all and all.devices or {}) do
    if not seen[row[4]] then list[#list + 1] = { row[4], "" } end
    seen[row[4]] = true
  end
  return list
end

--- Return the kept names of flows, moods, variables, users, apps, or cards of a type.
---@param kind string
---@return {[1]: string, [2]: string}[]
function KnownNames:list(kind)
  local file = newest(self, "lists")
  return file and lists.read(file.path)[kind] or {}
end

-- The row of a device: "Zone/Name", or a name that only one has.
local function row_of(all, ref)
  local rooms, found = rooms_of(all), nil
  for _, row in ipairs(all.devices) do
    if rooms[row[3]] and rooms[row[3]] .. "/" .. row[2] == ref or row[1] == ref then return row end
    if row[2] == ref then found = found == nil and row end
  end
  return found or nil
end

--- The capabilities of a device, by id.
---@param ref string
---@return table<string, homey.Capability>
function KnownNames:capabilities(ref)
  local all = all_of(self)
  local row = all and row_of(all, ref)
  return row and names.facts(self.file, row[5]) or {}
end

return KnownNames
