-- What is still to be set back, in a state of its own, so that a restart does not leave a lamp on for ever. Each home of a
-- program that runs has a file to itself, the first that is free and empty; one that begins takes over what those that
-- ended have left in theirs. Where the disk fails it is remembered in memory alone, and by a dry run too: that is to leave
-- no trace.

local books = require "homey.books"
local log = require "homey.log"
local new_error = require "homey.error"
local try = require "homey.try"

local NAME = "revert_after"
local most = 9 -- homes that share a folder and have something to set back

---@class homey.Pending
---@field device string      id
---@field capability string
---@field value any          what it was, and will be again
---@field set any            what it was set to
---@field at number          when it is due, seconds since 1970
---@field seconds? number    how long after it was set that is
---@field hub? string        id of the hub whose device it is, where that was known

local pending = {}

local function name_of(n)
  return n == 1 and NAME or ("%s-%d"):format(NAME, n)
end

local function path_of(folder, n)
  return ("%s/state-%s.json"):format(folder, name_of(n))
end

-- Is there anything in a file? Looked at before it is locked, as mostly there is not.
local function holds_any(folder, n)
  local file = io.open(path_of(folder, n))
  local text = file and file:read("*a") or ""
  if file then file:close() end
  return text:find('"device":', 1, true) ~= nil
end

local owners = setmetatable({}, { __mode = "v" }) -- path -> the home of this process that has it

local function is_anothers(home, n)
  local owner = owners[path_of(home.state_dir, n)]
  return owner ~= nil and owner ~= home and owner.client ~= nil
end

local taken = new_error("unavailable", "too many programs have something to set back.")

-- A state that nobody has; nil and what is wrong. What is in a file already is for a program that begins, and knows what
-- to do about it.
local function open(home, n)
  local folder = home.state_dir
  if folder and (is_anothers(home, n) or holds_any(folder, n)) then return nil, taken end
  local state, err = try(books.state, home.reactor, home, name_of(n))
  if state and folder then owners[path_of(folder, n)] = home end
  return state, err
end

local function first_free(home)
  local state, err
  for n = 1, most do
    state, err = open(home, n)
    if state or err.kind ~= "unavailable" then break end
  end
  return state, err
end

local function state_of(home)
  if not home.client or home.dry_run then return {} end
  if home.reverts then return home.reverts end
  local state, err = first_free(home)
  if not state then log("warning", "what is to be set back would not outlive a restart: " .. tostring(err), home.label) end
  home.reverts = state or {}
  return home.reverts
end

local function key(device, id)
  return device.id .. " " .. id
end

--- Remember that a capability is to be set back.
---@param device homey.Device
---@param id string
---@param entry {value: any, set: any, at: number, seconds: number}
function pending.note(device, id, entry)
  entry.device, entry.capability, entry.hub = device.id, id, rawget(device.home, "id")
  state_of(device.home)[key(device, id)] = entry
end

--- It was set back, or need not be.
---@param device homey.Device
---@param id string
function pending.forget(device, id)
  state_of(device.home)[key(device, id)] = nil
end

local function let_go(home, name)
  for handle in pairs(home.handles) do
    if handle.state and handle.state.name == name then return handle.cancel() end
  end
end

-- Take over what is in a file that nobody has any more. It is written to ours before it is taken from there.
local function take_over(home, n)
  if is_anothers(home, n) then return end
  local own = state_of(home)
  local others = try(books.state, home.reactor, home, name_of(n))
  if not others or others == own then return end
  for name, entry in pairs(others) do own[name] = own[name] or entry end
  home.reactor:keep()
  for name in pairs(others) do others[name] = nil end
  let_go(home, name_of(n))
end

local function is_sound(entry)
  return type(entry) == "table" and type(entry.device) == "string" and type(entry.capability) == "string"
    and type(entry.at) == "number" and entry.value ~= nil
end

local function is_of(home, entry)
  local hub = rawget(home, "id")
  return not hub or not entry.hub or entry.hub == hub
end

--- What programs before this one have left to be set back.
---@param home homey.Home
---@return homey.Pending[]
function pending.left(home)
  local list = {}
  if not home.state_dir or home.dry_run then return list end
  for n = 1, most do
    if holds_any(home.state_dir, n) then take_over(home, n) end
  end
  for _, entry in pairs(home.reverts or {}) do
    if is_sound(entry) and is_of(home, entry) then list[#list + 1] = entry end
  end
  table.sort(list, function(a, b) return a.at < b.at end)
  return list
end

return pending
