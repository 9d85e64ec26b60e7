--- Reads what callgrind has written: all instructions, the share of Lua, and those of the C core.
---
--- Lua's share is the inclusive cost of the whole, minus the inclusive cost of each call from Lua
--- or its binding (the object lua5.4, sources in src/lua) into src/core or another library, plus
--- that of each call back. So the C library's functions (malloc, memcpy) belong to whoever calls
--- them. The share of the core is what its own functions (src/core) execute themselves.
---
--- Of a whole process, start included, the share of Lua is what neither the dynamic loader nor the
--- core nor another library executes itself. So the C library counts as Lua, whoever calls it.

local function group_of(object, file)
  if object:find "/lua5%.4$" or object:find "liblua5%.4" then return "lua" end
  if object:find "homey/core%.so" then return file:find "src/lua/" and "lua" or "core" end
  if object:find "/ld%-" then return "loader" end
  if object:find "/libc%." or object:find "/libm%." or object == "" then
    return "system"
  end
  return "other"
end

local is_beneath = { core = true, other = true }

-- Names are compressed: "(12) name" defines a number, "(12)" refers to it.
local function name_of(names, text)
  local number, name = text:match "^(%(%d+%))%s*(.*)$"
  if not number then return text end
  if name ~= "" then names[number] = name end
  return names[number]
end

-- The state of the reader: where it is, and what it has counted.
local function new_reader()
  return {
    objects = {}, files = {}, functions = {}, object = "", file = "", own = "system",
    all = 0, lua = 0, core = 0, loader = 0, other = 0,
  }
end

local lines = {}

function lines.ob(r, value) r.object = name_of(r.objects, value) end

function lines.fl(r, value) r.file = name_of(r.files, value) end

function lines.fn(r, value)
  name_of(r.functions, value)
  r.own, r.called_object, r.called_file = group_of(r.object, r.file), nil, nil
end

function lines.cob(r, value) r.called_object = name_of(r.objects, value) end

function lines.cfi(r, value) r.called_file = name_of(r.files, value) end

lines.cfl = lines.cfi

function lines.cfn(r, value) name_of(r.functions, value) end

-- Of an inlined function: the cost stays with the one that it was inlined into.
function lines.fi(r, value) name_of(r.files, value) end

lines.fe = lines.fi

function lines.calls(r) r.is_call = true end

local function add_call(r, cost)
  local callee = group_of(r.called_object or r.object, r.called_file or r.file)
  if r.own == "lua" and is_beneath[callee] then r.lua = r.lua - cost end
  if is_beneath[r.own] and callee == "lua" then r.lua = r.lua + cost end
  r.is_call, r.called_object, r.called_file = false, nil, nil
end

local function add_cost(r, line)
  local cost = tonumber(line:match "^%S+ (%d+)") or 0
  if r.is_call then return add_call(r, cost) end
  r.all = r.all + cost
  if r.own ~= "lua" and r[r.own] then r[r.own] = r[r.own] + cost end
end

--- Read a file of callgrind.
---@param path string
---@return {all: integer, lua: integer, core: integer, whole: integer}  whole: the share of Lua in
---   a whole process
return function(path)
  local r = new_reader()
  for line in io.lines(path) do
    local key, value = line:match "^(%l+)=(.*)$"
    if lines[key] then
      lines[key](r, value)
    elseif line:find "^[%d+*-]" then
      add_cost(r, line)
    end
  end
  return {
    all = r.all, lua = r.all + r.lua, core = r.core,
    whole = r.all - r.core - r.loader - r.other,
  }
end
