-- Resources: base class of flows, folders, variables and users. An object is made from an id; its
-- facts are read when they are first needed. Facts that may change are kept up to date by events
-- when the cache follows the kind; otherwise they are read again when they are some seconds old.

local arguments = require "homey.util.arguments"
local common = require("homey.resource.resource_methods").methods
local fiber = require "homey.task.fiber"
local lazy = require "homey.util.lazy"
local resource_types = require "homey.model.resource_types"
local visible = require("homey.util.text").visible

local suggest = lazy "homey.util.suggest"
local members = lazy "homey.resource.members"
local unknown_name = lazy "homey.util.unknown_name"

local resource = {}

local function read_field(self, key, how)
  if how == "now" then return common.current(self)[key] end
  if not self.record then self:refresh() end
  return self.record[key]
end

--- Make a class of resources. The facts in its row of resource_types are its fields.
---@param kind string
---@param methods table    the methods that it adds to those of every resource
---@param more? table<string, "now"|"kept"|function>  further fields: changing, fixed, computed
---@param checked? string  methods, and how many arguments each takes: "get/0 set/1"
---@return table
function resource.class(kind, methods, more, checked)
  local fields, row = {}, resource_types[kind]
  local word = row.singular or kind
  for _, fact in ipairs(row.facts) do fields[fact[1]] = fact[4] or "kept" end
  for key, how in pairs(more or {}) do fields[key] = how end
  local typed = table.concat(suggest.keys(methods), " ") .. " "
    .. table.concat(suggest.keys(fields), " ") .. " id home on refresh "
  local Class = { __name = row.class, kind = kind }

  --- Make the object of an id. No request is made.
  function Class.new(home, id)
    return setmetatable({ home = home, id = id, record = false, read_at = false, since = false,
      gone = false }, Class)
  end

  --- Reports whether a value is an object of this class.
  function Class.is(value)
    return getmetatable(value) == Class
  end

  --- The public names of an object, separated by spaces.
  function Class.names() return typed .. members.names(kind) end

  function Class.__index(self, key)
    local method = methods[key] or common[key]
    if method then return method end
    local how = fields[key]
    if type(how) == "function" then return fiber.from_metamethod(how, self) end
    if how then return fiber.from_metamethod(read_field, self, key, how) end
    local member = members.find(kind, key)
    if member then return members.get(member, self, methods) end
    return unknown_name("a " .. word, key, typed .. members.names(kind),
      "record read_at since gone")
  end

  function Class.__tostring(self)
    if not self.record then return ("%s %s"):format(word, visible(self.id)) end
    local path = self.home.directory:path(kind, self.record)
    path[#path + 1] = self.record.name
    return visible(table.concat(path, "/"))
  end

  function Class.__concat(a, b)
    return tostring(a) .. tostring(b)
  end

  methods.on, methods.refresh = methods.on or common.on, methods.refresh or common.refresh
  return arguments.check_methods(Class, methods, word, "on/3 refresh/0 " .. (checked or ""))
end

return resource
