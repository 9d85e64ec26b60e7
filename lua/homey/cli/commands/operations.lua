-- homey operations: what `homey api` can call. Makes no request.

local arguments = require "homey.cli.arguments"
local facts = require "homey.cli.facts"
local operations = require "homey.api.operations"
local parameters = require "homey.api.parameters"
local text = require "homey.util.text"

local command = {
  name = "operations", takes = "[WORD...]", most = 16, options = facts.options,
  text = "List the operations of the hub with all these words in their names or paths.",
}

local columns = {
  { "OPERATION", "name" }, { "PARAMETERS", "parameters", rest = true },
  { "METHOD", "method", piped = true }, { "PATH", "path", piped = true },
}

local function fits(fact, words)
  local all = text.lower(fact.name .. " " .. fact.path)
  for _, word in ipairs(words) do
    if not all:find(text.lower(word), 1, true) then return false end
  end
  return true
end

local function hubs_of(row)
  local list = {}
  for platform, name in pairs(operations.platforms) do
    if row.platforms[platform] then list[#list + 1] = name end
  end
  table.sort(list)
  return list
end

local function fact_of(row)
  return {
    name = row.manager:gsub("%-", "_") .. "." .. row.operation, method = row.method,
    parameters = parameters.signature(row, true), hubs = hubs_of(row),
    path = "/api/manager/" .. row.manager .. row.path,
  }
end

local function main(list)
  local options, words = arguments.read(command, list)
  if not options then return words --[[@as integer]] end
  local found = {}
  for _, manager in ipairs(operations.managers()) do
    for _, row in ipairs(operations.of(manager)) do
      local fact = fact_of(row)
      if fits(fact, words) then found[#found + 1] = fact end
    end
  end
  facts.print(found, columns, options)
  return 0
end

return { main = main, commands = { operations = command } }
