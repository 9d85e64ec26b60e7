-- Members of resources that are loaded when they are first used: a row for each file that
-- has some, by kind. "rename/1" is a method that takes one argument, "known/-" one that
-- only the module calls, "settings" a field.

local arguments = require "homey.util.arguments"
local fiber = require "homey.task.fiber"

local items = "homey.manage.item_methods"

---@type table<string, table<string, string>>  kind -> module -> its members
local rows = {
  device = {
    [items] = "rename/1 remove/1",
    ["homey.manage.device_methods"] = "move/1 change_settings/1 set_icon/1 set_note/1 images/0 "
      .. "settings icon last_seen",
    ["homey.insights.device_methods"] = "insights/2",
  },
  zone = {
    [items] = "rename/1 remove/1",
    ["homey.manage.zone_methods"] = "move/1 set_icon/1 active lit",
    ["homey.resource.resource_methods"] = "on/3 refresh/0 current/- known/- changed/-",
  },
  flow = {
    [items] = "rename/1 remove/1", ["homey.flow.flow_methods"] = "change/1 move/1 problems/0",
  },
  flowfolder = { [items] = "rename/1 remove/1" },
  mood = { [items] = "rename/1 remove/1" },
  variable = { [items] = "rename/1 remove/1" },
  notification = { ["homey.manage.notification_methods"] = "remove/0" },
  alarm = {
    [items] = "rename/1 remove/1", ["homey.manage.alarm_methods"] = "set/1 enable/0 disable/0",
  },
  image = { ["homey.manage.image_methods"] = "data/0 save/1" },
  dashboard = {
    [items] = "rename/1 remove/1", ["homey.manage.dashboard_methods"] = "set_columns/1 columns",
  },
  app = {
    ["homey.manage.app_methods"] = "restart/0 enable/0 disable/0 remove/1 change_settings/1 "
      .. "get/2 put/3 post/3 delete/2 settings",
  },
}

---@class homey.Member
---@field name string
---@field module string
---@field is_field boolean
---@field most? integer  how many arguments a method takes; nil: only the module calls it

local members = {}

local found = {} -- kind -> name -> its member

local function members_of(kind)
  if found[kind] then return found[kind] end
  local list = {}
  for module, names in pairs(rows[kind] or {}) do
    for name, most in names:gmatch "([%w_]+)/?([%d%-]?)" do
      list[name] = { name = name, module = module, most = tonumber(most), is_field = most == "" }
    end
  end
  found[kind] = list
  return list
end

--- The names of the members of a kind that a user may type, separated by spaces.
---@param kind string
---@return string
function members.names(kind)
  local names = {}
  for name, member in pairs(members_of(kind)) do
    if member.is_field or member.most then names[#names + 1] = name end
  end
  table.sort(names)
  return table.concat(names, " ")
end

--- Find a member of a kind.
---@param kind string
---@param name any
---@return homey.Member?
function members.find(kind, name)
  return members_of(kind)[name]
end

--- The value of a member: a field of the object, or a method, which becomes one of its class.
---@param member homey.Member
---@param object any
---@param methods table  the methods of its class; changed
---@return any
function members.get(member, object, methods)
  local module, name = require(member.module), member.name
  if member.is_field then return fiber.from_metamethod(module.fields[name], object) end
  methods[name] = module.methods[name]
  if member.most then
    local Class = getmetatable(object)
    arguments.check_methods(Class, methods, Class.kind, ("%s/%d"):format(name, member.most))
  end
  return methods[name]
end

return members
