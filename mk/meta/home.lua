-- Home annotations: writes lua/homey/meta/home.lua, the LuaCATS fields that follow from the kinds
-- of resources and from the methods of a home that are loaded on their first call:
-- `make annotations`. A spec runs it, too, and compares the text with the file.

package.path = "mk/reference/?.lua;" .. package.path

local annotations = require "annotations"
local resource_types = require "homey.model.resource_types"
local rows = require("homey.home.methods").rows

local path = "lua/homey/meta/home.lua"
local widest = 100

local out = {
  "---@meta homey.home_methods",
  "-- Fields of homey, homey.Home and homey.Event that follow from the kinds of resources and from",
  "-- lua/homey/home/methods.lua. Written by mk/meta/home.lua; never loaded.",
}

local function sorted(set)
  local list = {}
  for name in pairs(set) do list[#list + 1] = name end
  table.sort(list)
  return list
end

local function add_field(name, type, doc)
  local line = ("---@field %s %s  %s"):format(name, type, doc)
  if #line <= widest and not doc:find "Raises:" then
    out[#out + 1] = line
    return
  end
  out[#out + 1] = ("---@field %s %s"):format(name, type)
  local text = "---  "
  for word in doc:gmatch "%S+" do
    if #text + #word >= widest then
      out[#out + 1], text = text, "---  "
    end
    text = text .. " " .. word
  end
  out[#out + 1] = text
end

-- The signature of an annotated function.
local function signature(block, self)
  local params, results = { self }, {}
  for _, each in ipairs(block.params) do
    params[#params + 1] = each.name .. (each.name ~= "..." and ": " .. each.type or "")
      .. (each.optional and "?" or "")
  end
  for i, each in ipairs(block.returns) do results[i] = each.type end
  return ("fun(%s)"):format(table.concat(params, ", "))
    .. (results[1] and ": " .. table.concat(results, ", ") or "")
end

-- The annotations of a method in a file of lua/homey/home.
local function block_of(name, row)
  local file = ("lua/%s.lua"):format(row.module:gsub("%.", "/"))
  local block = annotations.read({ file }).functions[file .. ":" .. name]
  return block or error(("%s has no annotated function %s."):format(file, name))
end

local function of_kind(name)
  for kind, row in pairs(resource_types()) do
    if (row.singular or kind) == name then
      local outer = row.above and row.above.word or row.path and "Owner"
      return ("ref: string): " .. row.class),
        ("Find a %s by its id or name%s. An id needs no request. "
          .. "Raises: not_found, ambiguous, request."):format(name,
            outer and (", also by \"%s/Name\""):format(outer) or "")
    end
    if row.plural == name then
      return ("): %s[]"):format(row.class),
        ("All %s, sorted by name. Raises: request."):format(name)
    end
  end
end

out[#out + 1] = ""
out[#out + 1] = "---@class homey.Home"
for _, name in ipairs(sorted(rows)) do
  if rows[name].f then
    local rest, doc = of_kind(name)
    local comma = rest:find "^ref" and ", " or ""
    add_field(name, "fun(self: homey.Home" .. comma .. rest, doc)
  end
end
out[#out + 1] = "local Home = {}"
out[#out + 1] = ""
out[#out + 1] = "---@class homey"
for _, name in ipairs(sorted(rows)) do
  local row = rows[name]
  add_field(name, row.f and "fun(" .. of_kind(name) or signature(block_of(name, row)),
    "see home:" .. name)
end
out[#out + 1] = "local homey = {}"
out[#out + 1] = ""
out[#out + 1] = "---@class homey.Event"
for _, kind in ipairs(sorted(resource_types())) do
  add_field(kind .. "?", resource_types[kind].class, ("the %s of the event"):format(kind))
end
out[#out + 1] = "local Event = {}"

local text = table.concat(out, "\n") .. "\n"

if arg[0]:find "meta/home%.lua$" then
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end
return text
