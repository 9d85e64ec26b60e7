-- Operations page: writes docs/operations.md from the table of operations: `make reference`. Needs
-- no build.
--   lua5.4 mk/reference/operations.lua     writes the page
--   dofile "mk/reference/operations.lua"   returns its text, for the spec

package.path = "lua/?.lua;lua/?/init.lua;" .. package.path

local path = "docs/operations.md"
local is_program = arg and arg[0] and arg[0]:find "reference/operations%.lua$"

-- Without a build there is no core: nothing of it is called here.
if is_program then package.loaded["homey.core"] = { null = {}, array = {} } end

local operations = require "homey.api.operations"
local parameters = require "homey.api.parameters"
local scopes = require "homey.api.scopes"

local out = { [[
# Operations

Every public operation of the hub, by its official name: `homey.api.<manager>.<operation>{ ... }`.
Those of the [cloud](#the-cloud) are at the end.
[devices](devices.md#every-operation-of-the-hub) shows how they are called. This page is made by
`make reference`.

Parameters in brackets may be left out. `any` is any value that JSON can hold; `object` is a table
with named members, `array` a list. A login with the scope may make the call; a scope includes
those below it, as `homey.flow` includes `homey.flow.start`. Where none is named, none is published.
In the last column, **2016** stands for Homey of 2016 to 2019, **Pro** for Homey Pro of 2023 or
later, **cloud** for Homey Cloud; nothing stands there for an operation that all three have in this
form.]] }

local short = { { "v2", "2016" }, { "v3l", "Pro" }, { "v3c", "cloud" } }

local function hubs(platforms)
  local list = {}
  for _, each in ipairs(short) do
    if platforms[each[1]] then list[#list + 1] = each[2] end
  end
  return #list < 3 and table.concat(list, ", ") or ""
end

local function code(text) return "`" .. text:gsub("|", "\\|") .. "`" end

local function row_text(row)
  local scope = scopes.of(row)
  return ("| %s | %s | %s |"):format(code(row.operation .. parameters.signature(row, true)),
    code(row.method .. " " .. row.path), scope and code(scope) or "")
end

-- Merges variants that differ only in their answers into one row.
local function add_rows(manager)
  local texts, platforms = {}, {}
  for _, row in ipairs(operations.of(manager)) do
    local text = row_text(row)
    if not platforms[text] then texts[#texts + 1], platforms[text] = text, {} end
    for platform in pairs(row.platforms) do platforms[text][platform] = true end
  end
  for _, text in ipairs(texts) do out[#out + 1] = text .. " " .. hubs(platforms[text]) .. " |" end
end

for _, manager in ipairs(operations.managers()) do
  local typed = manager:gsub("%-", "_")
  out[#out + 1] = ("\n## %s\n"):format(typed)
  out[#out + 1] = ("`homey.api.%s`, at `/api/manager/%s`\n"):format(typed, manager)
  out[#out + 1] = "| operation | request | scope | hubs |"
  out[#out + 1] = "|---|---|---|---|"
  add_rows(manager)
end

out[#out + 1] = [[

# The cloud

`homey.cloud` has the public operations of the Athom cloud, with the account of the login. No scope
is published for them.

| operation | request | server |
|---|---|---|]]

local cloud = operations.of_cloud()
local servers = {
  cloud = "api.athom.com", energy = "energy-api.athom.com", weather = "weather-api.athom.com",
}
local cloud_names = {}
for name in pairs(cloud) do cloud_names[#cloud_names + 1] = name end
table.sort(cloud_names)
for _, name in ipairs(cloud_names) do
  local row = cloud[name]
  out[#out + 1] = ("| %s | %s | %s |"):format(code(name .. parameters.signature(row, true)),
    code(row.method .. " " .. row.path), servers[row.server])
end

local text = table.concat(out, "\n") .. "\n"

if is_program then
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end
return text
