-- Differences of two things as lines for people: "actions[2].args.dim: 0.4 -> 0.6".

local canonical = require "homey.cli.tree.canonical"
local core = require "homey.core"
local suggest = require "homey.util.suggest"
local text = require "homey.util.text"

local longest = 60 -- characters of a value
local most = 12    -- lines of a thing

local differences = {}

local function shown(value)
  if value == nil or value == core.null then return "-" end
  local line = text.visible_json(canonical.line(value))
  local characters = text.characters(line)
  if #characters <= longest then return line end
  return table.concat(characters, "", 1, longest - 1) .. "\226\128\166"
end

local function place(path, key)
  if type(key) == "number" then return ("%s[%d]"):format(path, key) end
  return path == "" and text.visible(key) or path .. "." .. text.visible(key)
end

local function is_table(value) return type(value) == "table" end

local function keys_of(a, b)
  local all = {}
  for key in pairs(a) do all[key] = true end
  for key in pairs(b) do all[key] = true end
  return suggest.keys(all)
end

local collect

local function collect_list(lines, path, from, to)
  for i = 1, math.max(#from, #to) do collect(lines, place(path, i), from[i], to[i]) end
end

function collect(lines, path, from, to)
  if canonical.equal(from, to) then return end
  if is_table(from) and is_table(to) and canonical.is_list(from) == canonical.is_list(to) then
    if canonical.is_list(from) then return collect_list(lines, path, from, to) end
    for _, key in ipairs(keys_of(from, to)) do
      collect(lines, place(path, key), from[key], to[key])
    end
    return
  end
  lines[#lines + 1] = ("%s: %s -> %s"):format(path, shown(from), shown(to))
end

--- Describe the changed members of a thing, one line each.
---@param changes homey.cli.TreeChange[]
---@return string[]
function differences.lines(changes)
  local lines = {}
  for _, change in ipairs(changes) do
    if change.names then
      lines[#lines + 1] = ("%s: %s -> %s"):format(change.field, shown(change.names.from),
        shown(change.names.to))
    else
      collect(lines, change.field, change.from, change.to)
    end
  end
  local more = #lines - most
  if more > 1 then
    for i = #lines, most + 1, -1 do lines[i] = nil end
    lines[most + 1] = ("and %d more"):format(more)
  end
  return lines
end

return differences
