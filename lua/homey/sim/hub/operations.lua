--- Operations of the hub as routes, from the table of homey.api: by method and path, or by name.
---
--- A manager is compiled when a request for it comes, once for each platform.
local core = require "homey.core"
local encoding = require "homey.sim.http.encoding"
local handlers = require "homey.sim.hub.handlers"
local router = require "homey.sim.http.router"
local table_of = require "homey.api.operations"

local operations = {}

-- What the table lacks on a platform, and hubs answer all the same as on another one: moods of
-- version 2 are private there, and the vendor's client uploads apps to all local hubs.
local borrowed = {
  v2 = { moods = { platform = "v3l" } },
  v3l = { devkit = { platform = "v2", operation = "runApp" } },
}

--- The platform of the simulated hub.
---@param context homey.sim.Context
---@return homey.api.Platform
function operations.platform(context)
  return table_of.platform_of(context.settings.api_version, context.model.data.homey.platform)
end

local function rows_of(manager, platform)
  local rows = table_of.of(manager, platform) or {}
  local other = borrowed[platform] and borrowed[platform][manager]
  if not other then return rows end
  local list = {}
  for i, row in ipairs(rows) do list[i] = row end
  for _, row in ipairs(table_of.of(manager, other.platform)) do
    if other.operation == nil or row.operation == other.operation then list[#list + 1] = row end
  end
  return list
end

-- Names of routes, for faults and the log: "zones", "zone", "zone-create"; else the operation.
local special_names = {
  ["users getUserMe"] = "user-me", ["users login"] = "hub-login", ["system getInfo"] = "system",
  ["users loginLocal"] = "local-login", ["sessions getSessionMe"] = "session",
  ["system getSystemName"] = "system-name", ["devices setCapabilityValue"] = "capability",
  ["devices getCapabilityValue"] = "capability-get", ["flow triggerFlow"] = "flow-trigger",
  ["flow triggerAdvancedFlow"] = "advancedflow-trigger",
}

local suffixes = {
  getAll = "s", getOne = "", createOne = "-create", updateOne = "-update", deleteOne = "-delete",
}

local function name_of(row)
  local special = special_names[row.manager .. " " .. row.operation]
  if special or not row.verb then return special or row.operation end
  local item = row.item == "User" and "hub-user" or row.item:lower()
  return item .. suffixes[row.verb]
end

-- What the body of a request is: see homey.sim.Route.
local function body_of(row)
  if row.method == "GET" or row.method == "DELETE" then return nil end
  local kind = "optional"
  for _, param in ipairs(row.params) do
    if param.place == "formData" then return "multipart" end
    if param.place == "body" and param.required then kind = "json" end
  end
  return kind
end

-- Without a session: "none" allows no Authorization at all.
local open = {
  ["system ping"] = "any", ["users login"] = "none",
  ["users loginLocal"] = "any", -- the vendor's client sends that of an earlier login
}

local function auth_of(row)
  return open[row.manager .. " " .. row.operation] or "hub"
end

local function path_names(path)
  local names = {}
  for name in path:gmatch ":(%w+)" do names[#names + 1] = name end
  return names
end

local function route_of(row)
  local path = ("/api/manager/" .. row.manager .. row.path):gsub("/$", "")
  local names = path_names(row.path)
  return {
    name = name_of(row), method = row.method, path = path, auth = auth_of(row),
    body = body_of(row), operation = row,
    handle = function(context, request, session, ...)
      local captures = {}
      for i, name in ipairs(names) do captures[name] = select(i, ...) end
      return handlers.answer(context, row, request, session, captures)
    end,
  }
end

local compiled = {} -- platform .. " " .. manager -> compiled routes

local function routes_of(manager, platform)
  local key = platform .. " " .. manager
  local routes = compiled[key]
  if not routes then
    local list = {}
    for i, row in ipairs(rows_of(manager, platform)) do list[i] = route_of(row) end
    routes = router.compile(list)
    compiled[key] = routes
  end
  return routes
end

--- The route of a request, and the arguments in its path.
---@param context homey.sim.Context
---@param method string
---@param path string
---@return homey.sim.Route?
---@return string[]? arguments
function operations.find(context, method, path)
  local manager = path:match "^/api/manager/([%w%-]+)"
  if not manager then return nil end
  return router.find(routes_of(manager, operations.platform(context)), method, path)
end

local function path_of(row, args)
  local path = row.path:gsub(":(%w+)", function(name)
    local value = args[name]
    return type(value) == "table" and "" or encoding.escape(tostring(value))
  end)
  return "/api/manager/" .. row.manager .. (path == "/" and "" or path)
end

local function body_from(row, args)
  local body
  for _, param in ipairs(row.params) do
    if param.place == "body" and args[param.name] ~= nil then
      if param.root then return args[param.name] end
      body = body or {}
      body[param.name] = args[param.name]
    end
  end
  return body
end

local function find_by_name(manager, operation, platform)
  for _, row in ipairs(rows_of(manager, platform)) do
    if row.operation == operation then return row end
  end
end

--- The HTTP request that does the same as a call over a websocket.
---@param context homey.sim.Context
---@param uri string       "homey:manager:devices"
---@param operation string
---@param args table       parameters by name
---@return {method: string, path: string, body: any}?
---@return integer? status  where there is no such operation
---@return string? problem
function operations.request(context, uri, operation, args)
  local manager = tostring(uri):gsub("^homey:manager:", "")
  local row = find_by_name(manager, operation, operations.platform(context))
  if not row then
    return nil, 404, ("Not Found: operation %s of %s"):format(tostring(operation), tostring(uri))
  end
  local body = body_from(row, args)
  if body == core.null then body = nil end
  return { method = row.method, path = path_of(row, args), body = body }
end

return operations
