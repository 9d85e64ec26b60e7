-- Requests about things of a kind: sent by the operation of the hub, or by path if the operation is
-- not public, such as for moods of version 2.

local answer_status = require "homey.util.answer_status"
local call = require "homey.manage.call"
local operations = require "homey.api.operations"
local raise = require "homey.util.raise"
local record = require "homey.model.record"
local text = require "homey.util.text"
local try = require "homey.task.try"

local requests = {}

local function is_public(home, row, operation)
  home:speaks(2) -- logs in when nothing is known of the hub
  local platform = operations.platform_of(rawget(home, "api_version"), rawget(home, "platform"))
  return operations.find(row.manager, operation, platform) ~= nil
end

local function path_of(row, id)
  local path = ("/api/manager/%s/%s"):format(row.manager, row.body)
  return id and path .. "/" .. text.escape(id) or path
end

local function read(home, row)
  if not is_public(home, row, row.all) then return home:get(path_of(row)) end
  local only = { id = true }
  for _, member in ipairs(row.members) do only[member.name] = true end
  return call.read(home, row.manager, row.all, {}, { only = { ["*"] = only } })
end

--- Return the things of a kind from the hub; an empty list if the hub does not support the kind.
---@param home homey.Home
---@param row homey.cli.TreeKind
---@return table[]
function requests.list(home, row)
  local raw, err = try(read, home, row)
  if err and answer_status(err) ~= 404 then raise(err) end
  return record.list(raw)
end

local function run(home, row, operation, args, words)
  return call.run {
    home = home, manager = row.manager, operation = operation, args = args, words = words,
  }
end

--- Create one.
---@param home homey.Home
---@param row homey.cli.TreeKind
---@param body table
---@param words string  what it does, for the journal
---@return any  the hub's answer
function requests.create(home, row, body, words)
  if not is_public(home, row, row.create) then return home:post(path_of(row), body) end
  return run(home, row, row.create, { [row.body] = body }, words)
end

--- Change one.
---@param home homey.Home
---@param row homey.cli.TreeKind
---@param id string
---@param body table
---@param words string
function requests.update(home, row, id, body, words)
  if not is_public(home, row, row.update) then return home:put(path_of(row, id), body) end
  run(home, row, row.update, { id = id, [row.body] = body }, words)
end

--- Remove one.
---@param home homey.Home
---@param row homey.cli.TreeKind
---@param id string
---@param words string
function requests.delete(home, row, id, words)
  if not is_public(home, row, row.delete) then return home:delete(path_of(row, id)) end
  run(home, row, row.delete, { id = id }, words)
end

return requests
