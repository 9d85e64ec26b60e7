-- Index of a home: caches the names and capabilities of its devices on disk, so that
-- `homey set Kitchen/Lamp onoff on` is one request.
--
-- Invariant: an index is used for at most one minute after its last confirmation. A program
-- confirms it by reading the lists; `homey run` confirms it while it receives every change. So a
-- renamed device is noticed as early as by a program that keeps the lists itself.

local Resolver = require "homey.model.resolve"
local index_file = require "homey.index.index_file"
local lazy = require "homey.util.lazy"
local names = require "homey.index.names"
local text = require "homey.util.text"

local lists = lazy "homey.index.lists"

local lasting = 60 -- seconds

local index = {}

local function path_of(home, kind)
  local hub = rawget(home, "id")
  if not home.account or not home.state_dir or not hub then return nil end
  return index_file.path(kind, home.state_dir, home.account, hub)
end

index.path_of = path_of

-- ---- writing ------------------------------------------------------------------------------------

local function is_informed(home, kind)
  return home.cache and home.cache:has(kind)
end

--- Return the time at which the lists of devices and zones were last confirmed, in seconds since
--- 1970; nil when they were not read.
---@param home homey.Home
---@return number?
function index.true_at(home)
  local core_loop, age = home.scheduler.core_loop, 0
  for _, kind in ipairs { "device", "zone" } do
    local registry = home.directory:registry(kind)
    if not registry.list then return nil end
    if not is_informed(home, kind) then
      age = math.max(age, core_loop:now() - (registry.asked or -math.huge))
    end
  end
  return core_loop:time() - age
end

local function save_names(home)
  local at, path = index.true_at(home), path_of(home, "names")
  if not at or not path then return end
  local old = index_file.read(path)
  if old and old.true_at >= at and old.true_at <= home.scheduler.core_loop:time() then return end
  local body = names.pack(home.directory)
  if body then index_file.write(path, body, at) end
end

--- Write the index of a home: the names of devices and zones, unless the file is newer, and the
--- names in the other lists that were read.
---@param home homey.Home
function index.save(home)
  save_names(home)
  local path = path_of(home, "lists")
  if path then lists.save(home, path) end
end

--- Remove all index files of an account.
---@param home homey.Home
function index.remove(home)
  if not home.account then return end
  for _, each in ipairs(index_file.all(home.state_dir, home.account)) do os.remove(each.path) end
end

-- ---- reading ------------------------------------------------------------------------------------

-- Returns the index if it is valid, and its age.
local function believed(home)
  local path = path_of(home, "names")
  local file = path and index_file.read(path)
  if not file then return nil end
  local age = home.scheduler.core_loop:time() - file.true_at
  if age < 0 or age >= lasting then return nil end
  return file, age
end

local function look_up(file, ref)
  local all = names.unpack(file)
  if not all then return nil end
  local items, zones = names.items(all)
  local ok, row = pcall(Resolver.find, Resolver.new(items), ref, "device")
  if ok then return row, zones[row[3]] end
end

-- Makes the object of a device from the facts in the index. The device counts as available: the hub
-- answers otherwise if it is not.
local function device_of(home, row, zone, facts, age)
  local directory = home.directory
  local device = directory:by_id("device", row[1])
  local room = zone and directory:by_id("zone", zone[1])
  device.record = {
    id = row[1], name = row[2], zone = zone and zone[1], class = row[4] ~= "" and row[4] or nil,
    capabilities = facts, available = true, ready = true,
  }
  device.read_at = home.scheduler.core_loop:now() - age
  if room then room.record = { id = zone[1], name = zone[2] } end
  home.room = room -- the directory holds it weakly
  return device
end

--- Find a device by its name, without a request. Returns nil when the index has no single match:
--- the caller then searches the lists of the hub.
---@param home homey.Home  that is logged in
---@param ref string
---@return homey.Device?
function index.device(home, ref)
  if text.is_id(ref) or home.directory:registry("device").list then return nil end
  local file, age = believed(home)
  if not file then return nil end
  local row, zone = look_up(file, ref)
  local facts = row and names.facts(file, row[5])
  if not facts then return nil end
  return device_of(home, row, zone, facts, age)
end

return index
