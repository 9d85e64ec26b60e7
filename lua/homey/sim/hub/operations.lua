--- Operations of the hub by their official names, for calls over a websocket.
local core = require "homey.core"
local encoding = require "homey.sim.http.encoding"

-- Manager, operation, method, path below the manager, and the argument that is the body, if any.
local rows = [[
  devices       getDevices                  GET     /device
  devices       getDevice                   GET     /device/:id
  devices       updateDevice                PUT     /device/:id                   device
  devices       deleteDevice                DELETE  /device/:id
  devices       setCapabilityValue          PUT     /device/:deviceId/capability/:capabilityId
  devices       getCapabilityValue          GET     /device/:deviceId/capability/:capabilityId
  devices       setDeviceSettings           PUT     /device/:id/settings          settings
  zones         getZones                    GET     /zone
  zones         getZone                     GET     /zone/:id
  zones         createZone                  POST    /zone                         zone
  zones         updateZone                  PUT     /zone/:id                     zone
  zones         deleteZone                  DELETE  /zone/:id
  flow          getFlows                    GET     /flow
  flow          getFlow                     GET     /flow/:id
  flow          createFlow                  POST    /flow                         flow
  flow          updateFlow                  PUT     /flow/:id                     flow
  flow          deleteFlow                  DELETE  /flow/:id
  flow          triggerFlow                 POST    /flow/:id/trigger             state
  flow          getAdvancedFlows            GET     /advancedflow
  flow          getAdvancedFlow             GET     /advancedflow/:id
  flow          createAdvancedFlow          POST    /advancedflow                 advancedflow
  flow          updateAdvancedFlow          PUT     /advancedflow/:id             advancedflow
  flow          deleteAdvancedFlow          DELETE  /advancedflow/:id
  flow          triggerAdvancedFlow         POST    /advancedflow/:id/trigger     state
  flow          getFlowFolders              GET     /flowfolder
  flow          getFlowFolder               GET     /flowfolder/:id
  flow          createFlowFolder            POST    /flowfolder                   flowfolder
  flow          updateFlowFolder            PUT     /flowfolder/:id               flowfolder
  flow          deleteFlowFolder            DELETE  /flowfolder/:id
  logic         getVariables                GET     /variable
  logic         getVariable                 GET     /variable/:id
  logic         createVariable              POST    /variable                     variable
  logic         updateVariable              PUT     /variable/:id                 variable
  logic         deleteVariable              DELETE  /variable/:id
  users         getUsers                    GET     /user
  users         getUser                     GET     /user/:id
  users         getUserMe                   GET     /user/me
  users         createUser                  POST    /user                         user
  users         updateUser                  PUT     /user/:id                     user
  users         deleteUser                  DELETE  /user/:id
  users         getPersonalAccessTokens     GET     /pat
  users         createPersonalAccessToken   POST    /pat
  users         deletePersonalAccessToken   DELETE  /pat/:id
  sessions      getSessionMe                GET     /session/me
  sessions      deleteSession               DELETE  /session/:id
  notifications getNotifications            GET     /notification
  notifications getNotification             GET     /notification/:id
  moods         getMoods                    GET     /mood
  moods         getMood                     GET     /mood/:id
  moods         createMood                  POST    /mood                         mood
  moods         updateMood                  PUT     /mood/:id                     mood
  moods         deleteMood                  DELETE  /mood/:id
  alarms        getAlarms                   GET     /alarm
  alarms        getAlarm                    GET     /alarm/:id
  alarms        createAlarm                 POST    /alarm                        alarm
  alarms        updateAlarm                 PUT     /alarm/:id                    alarm
  alarms        deleteAlarm                 DELETE  /alarm/:id
  apps          getApps                     GET     /app
  apps          getApp                      GET     /app/:id
  images        getImages                   GET     /image
  images        getImage                    GET     /image/:id
  insights      getLogs                     GET     /log
  flowtoken     getFlowTokens               GET     /flowtoken
  geolocation   getOptionAddress            GET     /option/address
  geolocation   getOptionLocation           GET     /option/location
  geolocation   getOptionMode               GET     /option/mode
  system        getInfo                     GET     /
  system        getSystemName               GET     /name
  system        ping                        GET     /ping
]]

local known = {}
for row in rows:gmatch("[^\n]+") do
  local manager, operation, method, path,
    root = row:match("^%s*(%S+)%s+(%S+)%s+(%S+)%s+(%S+)%s*(%S*)")
  known[manager .. " " .. operation] = {
    manager = manager, method = method, path = path, root = root ~= "" and root,
  }
end

local operations = {}

local function path_of(row, args, used)
  local missing
  local path = row.path:gsub(":(%w+)", function(name)
    local value = args[name]
    if type(value) ~= "string" and type(value) ~= "number" then missing = missing or name end
    used[name] = true
    return encoding.escape(tostring(value))
  end)
  return not missing and "/api/manager/" .. row.manager .. (path == "/" and "" or path) or nil,
    missing
end

local function body_of(row, args, used)
  if row.method == "GET" or row.method == "DELETE" then return nil end
  if row.root then return args[row.root] end
  local body = {}
  for name, value in pairs(args) do
    if not used[name] then body[name] = value end
  end
  return body
end

--- The HTTP request that does the same as an operation.
---@param manager string   "homey:manager:devices"
---@param operation string
---@param args table       parameters by name
---@return {method: string, path: string, body: any}?
---@return integer? status  where the operation or a parameter is missing
---@return string? problem
function operations.request(manager, operation, args)
  local row = known[tostring(manager):gsub("^homey:manager:", "") .. " " .. tostring(operation)]
  if not row then
    return nil, 404, ("Not Found: operation %s of %s"):format(tostring(operation),
      tostring(manager))
  end
  local used = {}
  local path, missing = path_of(row, args, used)
  if not path then return nil, 400, "Missing Parameter: " .. missing end
  local body = body_of(row, args, used)
  if body == core.null then body = nil end
  return { method = row.method, path = path, body = body }
end

return operations
