-- Public operations of the hub, by manager and official name, and those of the cloud: reads the
-- rows of operation_table and cloud_table. The rows of a manager are read when one is needed.
--
-- An operation has a variant for each platform: other paths and parameters, or none at all.

local lazy = require "homey.util.lazy"

local suggest = lazy "homey.util.suggest"

---@alias homey.api.Platform
---| "v2"   # Homey of 2016 to 2019, and Homey Pro of 2019
---| "v3l"  # Homey Pro of 2023 and later
---| "v3c"  # Homey Cloud

---@alias homey.api.Type "any"|"string"|"number"|"boolean"|"object"|"array"|"string|number|boolean"

---@class homey.api.Member  a member of an object that a parameter is
---@field name string
---@field type homey.api.Type
---@field required boolean

---@class homey.api.Parameter
---@field name string
---@field place "path"|"query"|"body"|"formData"
---@field type homey.api.Type
---@field required boolean
---@field root boolean  the parameter is the whole JSON body, and no member of it
---@field members? homey.api.Member[]  of an object, where they are known; it has no others

---@class homey.api.Operation
---@field manager string     "devices"
---@field operation string   "getDevice"
---@field method "GET"|"PUT"|"POST"|"DELETE"
---@field path string        below /api/manager/<manager>; ":id" is a parameter
---@field params homey.api.Parameter[]  in the order of the specification
---@field platforms table<homey.api.Platform, true>
---@field socket boolean     false: never sent over a websocket
---@field verb? "getAll"|"getOne"|"createOne"|"updateOne"|"deleteOne"  what it does to an item
---@field item? string       "Device": the kind of that item
---@field server? "cloud"|"energy"|"weather"  of an operation of the cloud

local operations = {}

--- The platforms, and what people call the hubs of each.
---@type table<homey.api.Platform, string>
operations.platforms = {
  v2 = "Homey of 2016 to 2019", v3l = "Homey Pro of 2023 or later", v3c = "Homey Cloud",
}

--- The platform of a hub.
---@param api_version? integer  2 or 3; nil, as for an API key: 3
---@param platform? string      "local" or "cloud"; nil: "local"
---@return homey.api.Platform
function operations.platform_of(api_version, platform)
  if api_version == 2 then return "v2" end
  return platform == "cloud" and "v3c" or "v3l"
end

-- ---- reading ------------------------------------------------------------------------------------

local function members_of(text)
  local members = {}
  for name, kind, required in text:gmatch "([%w_]+):([^:,]+):(%d)" do
    members[#members + 1] = { name = name, type = kind, required = required == "1" }
  end
  return members
end

local function param_of(text)
  local plain, members = text:match "^([^%(]+)%(?(.-)%)?$"
  local name, place, kind, required, root = plain:match "^(.-):(.-):(.-):(%d):?(.*)$"
  return {
    name = name, place = place, type = kind, required = required == "1", root = root == "root",
    members = members ~= "" and members_of(members) or nil,
  }
end

-- The parameters in a line: "id:path:string:1 zone:body:object:1:root(name:string:0)".
local function params_of(text)
  local list = {}
  for param in text:gmatch "%S+" do list[#list + 1] = param_of(param) end
  return list
end

local line_pattern = "^(%S+) (%S+) (%S+) (%S+) (%d) (%S+) ?(.*)$"

local function row_of(manager, line)
  local operation, method, path, platforms, socket, crud, params = line:match(line_pattern)
  local row = {
    manager = manager, operation = operation, method = method, path = path,
    params = params_of(params), platforms = {}, socket = socket == "1",
  }
  row.verb, row.item = crud:match "^(%a+):(%a+)$"
  for platform in platforms:gmatch "[^,]+" do row.platforms[platform] = true end
  return row
end

local read = {} -- manager -> its rows

local function rows_of(manager)
  local rows = read[manager]
  if rows then return rows end
  local text = require("homey.api.operation_table")[manager]
  if not text then return nil end
  rows = {}
  for line in text:gmatch "[^\n]+" do rows[#rows + 1] = row_of(manager, line) end
  read[manager] = rows
  return rows
end

-- ---- asking -------------------------------------------------------------------------------------

--- The names of all managers that have an operation, sorted.
---@param platform? homey.api.Platform  only those that have one there
---@return string[]
function operations.managers(platform)
  local names = suggest.keys(require "homey.api.operation_table")
  if not platform then return names end
  local list = {}
  for _, name in ipairs(names) do
    if operations.of(name, platform)[1] then list[#list + 1] = name end
  end
  return list
end

--- The operations of a manager, sorted by name.
---@param manager string
---@param platform? homey.api.Platform  only those there; else all, an operation once per variant
---@return homey.api.Operation[]?  must not be changed; nil when there is no such manager
function operations.of(manager, platform)
  local rows = rows_of(manager)
  if not rows or not platform then return rows end
  local list = {}
  for _, row in ipairs(rows) do
    if row.platforms[platform] then list[#list + 1] = row end
  end
  return list
end

--- The operation of a manager on a platform.
---@param manager string
---@param operation string  its official name, "getDevice"
---@param platform homey.api.Platform
---@return homey.api.Operation?  must not be changed; nil when that platform has none
function operations.find(manager, operation, platform)
  for _, row in ipairs(rows_of(manager) or {}) do
    if row.operation == operation and row.platforms[platform] then return row end
  end
end

--- The platforms that have an operation, in the order v2, v3l, v3c.
---@param manager string
---@param operation string
---@return homey.api.Platform[]  empty when no hub has it
function operations.platforms_of(manager, operation)
  local list = {}
  for _, platform in ipairs { "v2", "v3l", "v3c" } do
    if operations.find(manager, operation, platform) then list[#list + 1] = platform end
  end
  return list
end

local function cloud_row(line)
  local operation, method, path, server, params = line:match "^(%S+) (%S+) (%S+) (%S+) ?(.*)$"
  return {
    operation = operation, method = method, path = path, server = server,
    params = params_of(params),
  }
end

--- The operations of the cloud, by name.
---@return table<string, homey.api.Operation>  without managers and platforms
function operations.of_cloud()
  local rows = {}
  for line in require("homey.api.cloud_table"):gmatch "[^\n]+" do
    local row = cloud_row(line)
    rows[row.operation] = row
  end
  return rows
end

return operations
