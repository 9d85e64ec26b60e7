-- Operation annotations: writes lua/homey/meta/operations.lua, a LuaCATS class for each manager of
-- the hub with its operations and their parameters: `make annotations`. A spec runs it, too, and
-- compares the text with the file.

local operations = require "homey.api.operations"

local path = "lua/homey/meta/operations.lua"

local types = {
  any = "any", string = "string", number = "number", boolean = "boolean", object = "table",
  array = "any[]", ["string|number|boolean"] = "string|number|boolean",
}

local out = {
  "---@meta homey.operations",
  "-- Operations of the hub for editors. Written by mk/meta/operations.lua; never loaded.",
  "-- luacheck: no max line length",
  "",
}

local function add(line) out[#out + 1] = line end

local function typed(manager) return (manager:gsub("%-", "_")) end

local type_of_table

local function field(param)
  local is_needed = param.required or param.place == "path"
  local kind = param.members and type_of_table(param.members) or types[param.type]
  return param.name .. (is_needed and ": " or "?: ") .. kind
end

function type_of_table(params)
  local list = {}
  for i, param in ipairs(params) do list[i] = field(param) end
  return "{" .. table.concat(list, ", ") .. "}"
end

local function function_of(row)
  local optional = true
  for _, param in ipairs(row.params) do
    optional = optional and not (param.required or param.place == "path")
  end
  return ("fun(params%s: %s, options?: homey.RequestOptions): any")
    :format(optional and "?" or "", #row.params > 0 and type_of_table(row.params) or "{}")
end

-- Each name once, with the variants of its function, newest hub first.
local function functions_of(manager)
  local names, variants = {}, {}
  for _, platform in ipairs { "v3l", "v3c", "v2" } do
    for _, row in ipairs(operations.of(manager, platform)) do
      local name, text = row.operation, function_of(row)
      if not variants[name] then
        variants[name], names[#names + 1] = {}, name
      end
      local known = false
      for _, each in ipairs(variants[name]) do known = known or each == text end
      if not known then table.insert(variants[name], text) end
    end
  end
  table.sort(names)
  return names, variants
end

add "---@class homey.Api"
for _, manager in ipairs(operations.managers()) do
  add(("---@field %s homey.api.%s"):format(typed(manager), typed(manager)))
end
add "local api = {}"

for _, manager in ipairs(operations.managers()) do
  add ""
  add("---@class homey.api." .. typed(manager))
  local names, variants = functions_of(manager)
  for _, name in ipairs(names) do
    local list = variants[name]
    local joined = #list == 1 and list[1] or "(" .. table.concat(list, ")|(") .. ")"
    add(("---@field %s %s"):format(name, joined))
  end
  add "local _ = {}"
end

local cloud, cloud_names = operations.of_cloud(), {}
for name in pairs(cloud) do cloud_names[#cloud_names + 1] = name end
table.sort(cloud_names)
add ""
add "---@class homey.Cloud"
add "---@field get fun(path: string, options?: homey.RequestOptions): any"
add "---@field put fun(path: string, body?: any, options?: homey.RequestOptions): any"
add "---@field post fun(path: string, body?: any, options?: homey.RequestOptions): any"
add "---@field delete fun(path: string, options?: homey.RequestOptions): any"
for _, name in ipairs(cloud_names) do
  add(("---@field %s %s"):format(name, function_of(cloud[name])))
end
add "local cloud = {}"

local text = table.concat(out, "\n") .. "\n"

if arg[0]:find "meta/operations%.lua$" then
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end
return text
