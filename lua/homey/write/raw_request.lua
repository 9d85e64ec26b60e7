-- Raw requests: homey.put, homey.post and homey.delete. The guards check the capabilities that the
-- path of a request sets, and the devices of the flow card that a request runs.

local core = require "homey.core"
local invalid = require "homey.util.invalid"
local new_error = require "homey.error"
local raise = require "homey.util.raise"
local request_path = require "homey.write.request_path"
local format = require "homey.util.format"
local text = require "homey.util.text"
local try = require "homey.task.try"
local write = require "homey.write.write"

local longest = 200 -- bytes of a body that the log shows
local deepest = 8   -- nesting of the tables that are searched for ids

---@class homey.RawRequest
---@field changes {device: homey.Device, capability: string, value: any}[]  what its path sets

local raw_request = {}

-- The devices, capabilities and values that a request may set.
local function changes_in(home, method, path, body)
  local list = {}
  if method ~= "PUT" then return list end
  for i, each in ipairs(request_path.capabilities(path)) do
    local id = text.is_id(each.id) and text.lower(each.id) or each.id
    list[i] = { device = home.directory:by_id("device", id), capability = each.capability }
    if type(body) == "table" then list[i].value = body.value end
  end
  return list
end

local secrets = { "pass", "secret", "token", "pin", "code", "key" }

local function is_secret(name)
  if type(name) ~= "string" then return false end
  name = text.lower(name)
  for _, word in ipairs(secrets) do
    if name:find(word, 1, true) then return true end
  end
  return false
end

--- A copy of a value in which what is named like a secret is "...".
---@param value any
---@return any
function raw_request.without_secrets(value)
  if type(value) ~= "table" then return value end
  local copy = setmetatable({}, getmetatable(value))
  for name, each in pairs(value) do
    copy[name] = type(each) ~= "table" and is_secret(name) and "..."
      or raw_request.without_secrets(each)
  end
  return copy
end

local function describe(method, path, body)
  local has_body = type(body) == "table" and next(body) ~= nil
  local sent = has_body and core.encode(raw_request.without_secrets(body)) or ""
  if #sent > longest then sent = sent:sub(1, longest) .. "..." end
  return ("%s %s %s"):format(method, (path:gsub("%?.*", "")), sent):gsub("%s+$", "")
end

--- A write record of a request.
---@param home homey.Home
---@param method string
---@param path string
---@param body any
---@param options? {timeout: number?, once: boolean?}
---@return homey.Write
function raw_request.new(home, method, path, body, options)
  home:open_client()
  home:check_path(path)
  local changes = changes_in(home, method, path, body)
  local each = {
    home = home, method = method, path = path, body = body, request = options,
    raw = { changes = changes },
  }
  if home.dry_run then
    each.words = changes[1] and write.describe(changes[1]) or describe(method, path, body)
  end
  return each
end

-- Collects the ids in a text, or in the texts of a table.
local function note_ids(value, ids, depth)
  if type(value) == "string" then
    for word in value:gmatch "[%x%-]+" do
      if text.is_id(word) then ids[text.lower(word)] = true end
    end
  elseif type(value) == "table" and depth < deepest then
    for _, each in pairs(value) do note_ids(each, ids, depth + 1) end
  end
end

-- The device with an id; nil when the hub has none.
local function device_of(home, id)
  local device = home.directory:by_id("device", id)
  if device.record then return device end
  local _, err = try(device.refresh, device)
  if err and err.kind ~= "not_found" then raise(err) end
  return not err and device or nil
end

--- The error of a flow card that belongs to a guarded device, or has one as an argument: only the
--- app knows what the card sets.
---@param each homey.Write
---@return homey.Error?
function raw_request.card_objection(each)
  local card, home, body = request_path.flow_card(each.path), each.home, each.body
  if not card then return nil end
  local ids = {}
  note_ids(card, ids, 0)
  if type(body) == "table" then note_ids(body.args, ids, 0) end
  for id in pairs(ids) do
    local device = device_of(home, id)
    local why = device and home.guards:objection(device)
    if why then return device:error("forbidden", "its flow card is not run: " .. why) end
  end
end

-- Refuses arguments in the query: the hub might use them instead of those that the guards checked.
local function refuse_arguments(path)
  local name = request_path.argument_in_query(path)
  if not name then return end
  invalid(
    "a request that sets a capability has no %s in its query where there are guards: %s is not "
      .. "sent.", format(name), format(path))
end

--- The error of a request that the guards of a home forbid; nil when it is allowed.
---@param each homey.Write
---@return homey.Error?
function raw_request.objection(each)
  local home, changes = each.home, each.raw.changes
  if changes[1] then refuse_arguments(each.path) end
  for _, change in ipairs(changes) do
    local why = home.guards:objection(change.device, change.capability, change.value)
    if why then
      return new_error("forbidden", ("%s is not sent: %s"):format(write.describe(change), why))
    end
  end
  return each.method == "POST" and raw_request.card_objection(each) or nil
end

--- Add the facts of a request to its journal entry.
---@param each homey.Write
---@param entry table  is changed
---@return table entry
function raw_request.entry(each, entry)
  local change = each.raw.changes[1]
  entry.name = change and tostring(change.device)
    or each.method .. " " .. each.path:gsub("%?.*", "")
  if change then
    entry.device, entry.capability, entry.value = change.device.id, change.capability, change.value
  end
  return entry
end

return raw_request
