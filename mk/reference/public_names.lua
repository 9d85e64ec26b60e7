-- Names that users may type, found at run time: what the objects of homey say of themselves.
--
-- A class tells util/arguments which methods users call, and util/unknown_name which names it
-- suggests when one is mistyped. Both are asked here. Require this before anything of homey.

local names = {}

local methods = setmetatable({}, { __mode = "k" }) -- metatable -> names
local suggested -- of the object that was asked last

local arguments = require "homey.util.arguments"
local check_methods = arguments.check_methods

function arguments.check_methods(Class, table, word, list)
  methods[Class] = (methods[Class] or "") .. " " .. list:gsub("/%d", "")
  return check_methods(Class, table, word, list)
end

package.loaded["homey.util.unknown_name"] = function(_, _, typed)
  suggested = typed
end

local function add(set, text)
  for name in (text or ""):gmatch "[%w_]+" do set[name] = true end
end

--- The names of an object, as a set.
---@param object table
---@return table<string, true>
function names.of(object)
  local set, meta = {}, getmetatable(object)
  suggested = nil
  local _ = object.no_such_name
  add(set, suggested)
  while meta do
    add(set, methods[meta])
    meta = rawget(meta, "base")
  end
  return set
end

return names
