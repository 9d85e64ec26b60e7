-- Index files: cache the names of a hub in state_dir, so that later commands need not read them.
-- The first line of a file has the time of the last confirmation, the length of the rest, and the
-- signature of the program that wrote it.
--
-- Invariant: a file that is broken, truncated, or accessible to other users counts as missing. It
-- can be written again at any time, so a write does not sync to disk, and a failure is not an
-- error.

local core = require "homey.core"
local number_text = require "homey.util.number_text"

local version = 1
local head = "^homey%-index (%d+) (%d+) (%d+) ([%x-]+)\n()"

---@class homey.IndexFile
---@field path string
---@field text string     as it was read
---@field behind integer  where the rest begins in it
---@field true_at number  time of the last confirmation, in seconds since 1970
---@field signature string  of the program that wrote it

local index_file = {}

--- The signature of this program.
---@return string
function index_file.sign()
  index_file.signature = index_file.signature or core.uuid()
  return index_file.signature
end

-- Returns the part of the file name that is common to the files of an account.
local function mark_of(state_dir, account)
  local login = core.login_file(state_dir, account)
  return login and login:match "/login(%-%x+)%.json$"
end

--- The path of a file: one for each account and hub.
---@param kind "names"|"lists"
---@param state_dir string
---@param account string  its name in the store; "" for the current one
---@param hub string      its id
---@return string? path  nil where there is none
function index_file.path(kind, state_dir, account, hub)
  local mark = mark_of(state_dir, account)
  if not mark or not hub:find "^[%w_-]+$" then return nil end
  return ("%s/%s%s-%s.json"):format(state_dir, kind, mark, hub)
end

--- The files of an account, of every hub.
---@param state_dir string
---@param account string
---@return {kind: string, hub: string, path: string}[]
function index_file.all(state_dir, account)
  local mark, found = mark_of(state_dir, account), {}
  local has_system, system = pcall(require, "homey.system") -- a program may have the library alone
  for _, name in ipairs(mark and has_system and system.list(state_dir) or {}) do
    local kind, hash, hub = name:match "^(%l+)(%-%x+)%-([%w_-]+)%.%l+$"
    if (kind == "names" or kind == "lists") and hash == mark then
      found[#found + 1] = { kind = kind, hub = hub, path = state_dir .. "/" .. name }
    end
  end
  return found
end

--- Read a file.
---@param path string
---@return homey.IndexFile?
function index_file.read(path)
  local text = core.peek(path, "index")
  local number, ms, length, signature, behind = (text or ""):match(head)
  if not number or number_text.read(number) ~= version then return nil end
  if number_text.read(length) ~= #text - behind + 1 then return nil end
  return {
    path = path, text = text, behind = behind, true_at = number_text.read(ms) / 1000,
    signature = signature,
  }
end

-- Formats a time with a fixed width, so that it can be overwritten in place.
local function stamp(at)
  return number_text.format("%015.0f", math.max(at, 0) * 1000)
end

--- Write a file. Another program may be writing it, or the disk may be full.
---@param path string
---@param body string
---@param true_at number
---@return boolean written
function index_file.write(path, body, true_at)
  local file = core.keep(path, "index")
  if not file then return false end
  local line = ("homey-index %d %s %d %s\n")
    :format(version, stamp(true_at), #body, index_file.sign())
  local ok = file:save(line .. body, false)
  file:close()
  return ok == true
end

--- Overwrite the time of the last confirmation in a file.
---@param path string
---@param true_at number  0 makes the file invalid
---@return boolean ours  true when this program has written the file, and the time was overwritten
function index_file.stamp(path, true_at)
  local file = io.open(path, "r+b")
  if not file then return false end
  local line = file:read "*l" or ""
  local at, signature = line:match "^homey%-index %d+ ()%d+ %d+ ([%x-]+)$"
  local ours = signature == index_file.sign()
  if at and (ours or true_at == 0) then
    file:seek("set", at - 1)
    ours = file:write(stamp(true_at)) ~= nil and ours
  end
  return file:close() ~= nil and ours
end

return index_file
