--- Parameters of an operation: reads the arguments of a request, and checks them by its table.
local core = require "homey.core"
local encoding = require "homey.sim.http.encoding"

local parameters = {}

local is = {}
function is.any() return true end
function is.string(value) return type(value) == "string" end
function is.number(value) return type(value) == "number" end
function is.boolean(value) return type(value) == "boolean" end
function is.object(value) return type(value) == "table" and getmetatable(value) ~= core.array end
function is.array(value)
  return type(value) == "table" and (getmetatable(value) == core.array or next(value) == nil)
end

local function fits(kinds, value)
  for kind in kinds:gmatch "[^|]+" do
    if is[kind](value) then return true end
  end
  return false
end

-- The value of a field of a query: text, an object from name[key]=v, or a list from name[]=v.
local function query_value(fields, param)
  if param.type ~= "object" and param.type ~= "array" then return fields[param.name] end
  local out, start
  start = param.name .. "["
  for name, value in pairs(fields) do
    if name:sub(1, #start) == start and name:sub(-1) == "]" then
      out = out or {}
      out[name:sub(#start + 1, -2)] = value
    end
  end
  return out
end

local function part_of(body, name)
  local head, rest = body:match('name="' .. name .. '"([^\r\n]*)\r\n(.*)$')
  return head and (rest:match "^\r\n(.-)\r\n%-%-" or rest:match "^.-\r\n\r\n(.-)\r\n%-%-")
end

local function value_of(param, request, captures, query)
  if param.place == "path" then
    local text = captures[param.name]
    return param.type == "number" and tonumber(text) or text
  end
  if param.place == "query" then return query_value(query, param) end
  if param.place == "formData" then return part_of(request.body or "", param.name) end
  local body = request.json
  if param.root then return body end
  if is.object(body) then return body[param.name] end
end

local function type_problem(name, kinds, value)
  return ("Invalid Type: %s must be %s"):format(name, (kinds:gsub("|", " or ")))
    .. (", not %s"):format(value == core.null and "null" or type(value))
end

local function member_problem(param, value)
  if not param.members or not is.object(value) then return nil end
  for _, member in ipairs(param.members) do
    local given = value[member.name]
    if given == nil or given == core.null then
      if member.required then return "Missing Parameter: " .. member.name end
    elseif not fits(member.type, given) then
      return type_problem(member.name, member.type, given)
    end
  end
end

local function problem_of(param, value)
  if value == core.null and not param.required then return nil end
  if value == nil then
    return param.required and "Missing Parameter: " .. param.name or nil
  end
  if not fits(param.type, value) then return type_problem(param.name, param.type, value) end
  return member_problem(param, value)
end

-- Arguments by name, as a call over a websocket gives them.
local function given_values(operation, given)
  local args = {}
  for _, param in ipairs(operation.params) do args[param.name] = given[param.name] end
  return args
end

--- The arguments of a request.
---@param operation homey.api.Operation
---@param request homey.sim.Request
---@param captures table<string, string>  of its path
---@return table<string, any> args
---@return string? problem  why the hub refuses it
function parameters.read(operation, request, captures)
  local args, problem
  if request.given then
    args = given_values(operation, request.given)
  else
    args = {}
    local query = encoding.form(request.query or "")
    for _, param in ipairs(operation.params) do
      args[param.name] = value_of(param, request, captures, query)
    end
  end
  for _, param in ipairs(operation.params) do
    problem = problem or problem_of(param, args[param.name])
  end
  return args, problem
end

-- What the vendor's own client sends beside the parameters, over a websocket.
local stray = { query = true, path = true, transactionTime = true }

local function is_stray(name) return stray[name] or name:sub(1, 1) == "$" end

-- By operation: its parameters by name, and whether one is the whole body.
local known = setmetatable({}, { __mode = "k" })

local function names_of(operation)
  local entry = known[operation]
  if not entry then
    entry = { names = {}, root = false }
    for _, param in ipairs(operation.params) do
      entry.names[param.name] = true
      entry.root = entry.root or param.root
    end
    known[operation] = entry
  end
  return entry.names, entry.root
end

-- The first name that is none of `names`. In a query name[key] and name[] belong to a name.
local function unknown_in(names, given, allow)
  if not is.object(given) then return nil end
  local found
  for name in pairs(given) do
    name = tostring(name)
    local is_known = names[name] or names[name:match "^[^%[]*"] or allow and allow(name)
    if not is_known and (not found or name < found) then found = name end
  end
  return found
end

--- The first argument that the operation does not have; nil where there is none.
---@param operation homey.api.Operation
---@param request homey.sim.Request
---@return string? name
function parameters.unknown(operation, request)
  local names, root = names_of(operation)
  if request.given then return unknown_in(names, request.given, is_stray) end
  local found = unknown_in(names, encoding.form(request.query or ""))
  if found or root then return found end
  return unknown_in(names, request.json)
end

return parameters
