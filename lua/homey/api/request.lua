-- Requests of operations: builds the path, the query and the body from the checked parameters.

local core = require "homey.core"
local escape = require("homey.util.text").escape
local invalid = require "homey.util.invalid"
local lazy = require "homey.util.lazy"
local number_text = require "homey.util.number_text"

local form = lazy "homey.net.form"
local suggest = lazy "homey.util.suggest"

local request = {}

local function text_of(value)
  if value == core.null then return "" end
  if type(value) == "number" then return number_text.format("%.14g", value) end
  return tostring(value)
end

local function component(value)
  return (escape(text_of(value)):gsub(":", "%%3A"))
end

local add_pair

-- Members as args[name]=value, items of a list as list[]=value.
local function add_table(pairs_of, name, value)
  if getmetatable(value) == core.array or value[1] ~= nil then
    for _, each in ipairs(value) do add_pair(pairs_of, name .. "%5B%5D", each) end
    return
  end
  for _, key in ipairs(suggest.keys(value)) do
    add_pair(pairs_of, ("%s%%5B%s%%5D"):format(name, component(key)), value[key])
  end
end

function add_pair(pairs_of, name, value)
  if type(value) == "table" then return add_table(pairs_of, name, value) end
  pairs_of[#pairs_of + 1] = name .. "=" .. component(value)
end

-- Refuses values that JSON cannot represent, such as a table that contains itself.
local function refuse_unsendable(param, value)
  local sent, problem = core.encode(value)
  if not sent then invalid("`%s`: %s", param.name, problem) end
end

local function query_of(row, args)
  local list = {}
  for _, param in ipairs(row.params) do
    local value = args[param.name]
    if param.place == "query" and value ~= nil then
      refuse_unsendable(param, value)
      add_pair(list, component(param.name), value)
    end
  end
  return #list > 0 and "?" .. table.concat(list, "&") or ""
end

local function has_body(row) return row.method == "PUT" or row.method == "POST" end

local function body_of(row, args)
  if not has_body(row) then return nil end
  local body = {}
  for _, param in ipairs(row.params) do
    if param.place == "body" and param.root then
      if args[param.name] ~= nil then return args[param.name] end
    elseif param.place == "body" then
      body[param.name] = args[param.name]
    end
  end
  return body
end

local files = { app = "app.tar.gz" } -- parameters of an upload that hold the bytes of a file

-- The parts of an upload; nil for any other operation.
local function parts_of(row, args)
  local parts
  for _, param in ipairs(row.params) do
    if param.place == "formData" then
      local value, filename = args[param.name], files[param.name]
      parts = parts or {}
      parts[param.name] = filename and { data = value, filename = filename } or value
    end
  end
  return parts
end

--- The path, with its query, and the body of a request.
---@param row homey.api.Operation
---@param args table<string, any>  checked
---@param base string  what the path begins with: "/api/manager/devices"
---@return string path
---@return any body  nil for none
---@return string? content_type  of a body that is not JSON
function request.of(row, args, base)
  local path = row.path:gsub(":([%w_]+)", function(name) return escape(text_of(args[name])) end)
  path = base .. path .. query_of(row, args)
  local parts = parts_of(row, args)
  if parts then return path, form.multipart(parts) end
  return path, body_of(row, args)
end

return request
