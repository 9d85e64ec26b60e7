-- Option annotations: writes lua/homey/meta/options.lua, the LuaCATS classes of all option tables,
-- from their rows: `make annotations`. A spec runs it, too, and compares the text with the file.

local path = "lua/homey/meta/options.lua"
local widest = 100

local types = {
  text = "string", boolean = "boolean", number = "number", integer = "integer",
  duration = "number|string", ["function"] = "function", list = "string[]", table = "table",
  any = "any",
}

local function type_of(row)
  if row.annotation then return row.annotation end
  if row.values then return '"' .. table.concat(row.values, '"|"') .. '"' end
  return row.fields and row.fields.class or types[row.type]
end

-- The default of a row; nothing where it has none, or a long one.
local function default_of(row)
  local value = row.default
  if value == nil or type(value) == "table" then return nil end
  if type(value) == "string" then return #value <= 25 and ("%q"):format(value) or nil end
  return tostring(value) .. (row.type == "duration" and " s" or "")
end

local function range_of(row)
  if not (row.min or row.max) or row.type == "duration" then return nil end
  if not row.max then return ("%d or more"):format(row.min) end
  return ("from %d to %d"):format(row.min, row.max)
end

local function description(row)
  local parts = { row.doc }
  if row.unit then parts[#parts + 1] = "in " .. row.unit end
  parts[#parts + 1] = range_of(row)
  local default = row.default_text or default_of(row)
  if default then parts[#parts + 1] = "default: " .. default end
  if row.env then parts[#parts + 1] = row.env end
  return table.concat(parts, "; ")
end

local out = {
  "---@meta homey.options",
  "-- Options of all functions. Written by mk/meta/options.lua from their rows; never "
    .. "loaded.",
}

-- Where to break a line: the last blank within the width, behind "---   "; nil where there is none.
local function break_at(line)
  for i = widest + 1, 8, -1 do
    if line:sub(i, i) == " " then return i end
  end
end

local function add(line)
  local cut = #line > widest and break_at(line)
  if not cut then
    out[#out + 1] = line
    return
  end
  out[#out + 1] = line:sub(1, cut - 1)
  add("---   " .. line:sub(cut + 1))
end

local done = {}

local function add_class(rows)
  if done[rows] or not rows.class then return end
  done[rows] = true
  local bases = {}
  for i, base in ipairs(rows.bases or {}) do
    add_class(base)
    bases[i] = base.class
  end
  for _, row in ipairs(rows) do
    if row.fields then add_class(row.fields) end
  end
  out[#out + 1] = ""
  add("--- " .. rows.doc)
  add("---@class " .. rows.class .. (bases[1] and " : " .. table.concat(bases, ", ") or ""))
  for _, row in ipairs(rows) do
    add(("---@field %s%s %s  %s"):format(row.name, row.required and "" or "?", type_of(row),
      description(row)))
  end
end

for _, each in ipairs(dofile "mk/meta/option_tables.lua") do
  add_class(require(each[1])[each[2]])
end
local text = table.concat(out, "\n") .. "\n"

if arg[0]:find "meta/options%.lua$" then
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end
return text
