-- Snapshot of a home at the start of a recording: its items in the format of the hub, with only the
-- fields that a simulated home needs.

local core = require "homey.core"
local home_location = require "homey.model.home_location"
local new_error = require "homey.error"
local raise = require "homey.util.raise"
local records = require "homey.model.record"
local try = require "homey.task.try"

local snapshot = {}

local lists = { -- name, path, fields, whether a hub may lack it or the login may not read it
  { "zones", "/zones/zone", "id name parent icon" },
  { "devices", "/devices/device",
    "id name zone class virtualClass driverId available ready capabilities capabilitiesObj" },
  { "flows", "/flow/flow", "id name enabled folder", true },
  { "variables", "/logic/variable", "id name type value", true },
  { "users", "/users/user", "id name role present asleep enabled", true },
  { "moods", "/moods/mood", "id name zone preset devices", true },
}

local function picked(raw, fields)
  local item = {}
  for field in fields:gmatch "%S+" do item[field] = raw[field] end
  return item
end

local may_fail = { forbidden = true, not_found = true }

local function read(home, row)
  local answer, err = try(home.get, home, "/api/manager" .. row[2])
  if err and not (row[4] and may_fail[err.kind]) then raise(err) end
  local items = {}
  for _, raw in ipairs(records.list(type(answer) == "table" and answer or {})) do
    if type(raw) == "table" and type(raw.id) == "string" then
      items[raw.id] = picked(raw, row[3])
    end
  end
  return items
end

--- Read the snapshot of a home.
---@param home homey.Home
---@return table  as homey.sim.home takes it
function snapshot.read(home)
  local place = home_location.of(home)
  local taken = { homey = { name = home.name or "Home" }, timezone = place.timezone }
  if place.latitude then
    taken.location = { latitude = place.latitude, longitude = place.longitude }
  end
  for _, row in ipairs(lists) do taken[row[1]] = read(home, row) end
  if next(taken.devices) == nil then
    raise(new_error("not_found", "the hub lists no devices, so there is nothing to record."))
  end
  return core.decode((core.encode(taken)))
end

return snapshot
