-- Writes lua/homey/api/operation_table.lua and cloud_table.lua from the tables in mk/tables/:
-- `make operations`. Run it in the root of the repository, with any Lua.

local read = dofile("mk/files.lua").rows

local function members_of_bodies()
  local members = {}
  for _, row in ipairs(read "mk/tables/operation-bodies.tsv") do
    for platform in row.platforms:gmatch "[^,]+" do
      local key = table.concat({ row.manager_id, row.operation, row.param, platform }, " ")
      members[key] = "(" .. row.properties .. ")"
    end
  end
  return members
end

local members = members_of_bodies()

-- The parameters of an operation on one platform: "id:path:string:1 flow:body:object:1:root(...)".
local function params_of(row, platform)
  if row.params == "-" then return "" end
  local list = {}
  for param in row.params:gmatch "[^,]+" do
    local name = param:match "^[^:]+"
    local key = table.concat({ row.manager_id, row.operation, name, platform }, " ")
    list[#list + 1] = param .. (members[key] or "")
  end
  return table.concat(list, " ")
end

-- The lines of a row: one, or several when the bodies of its platforms have other members.
local function lines_of(row)
  local lines, platforms = {}, {}
  for platform in row.platforms:gmatch "[^,]+" do
    local params = params_of(row, platform)
    if not platforms[params] then lines[#lines + 1] = params end
    platforms[params] = platforms[params] and platforms[params] .. "," .. platform or platform
  end
  for i, params in ipairs(lines) do
    local columns = {
      row.operation, row.method, row.path, platforms[params], row.socket, row.crud, params,
    }
    lines[i] = table.concat(columns, " "):gsub("%s+$", "")
  end
  return lines
end

-- Manager -> its lines, sorted as in the table.
local function public_lines()
  local of_manager, managers = {}, {}
  for _, row in ipairs(read "mk/tables/operations.tsv") do
    if row.private == "0" then
      local lines = of_manager[row.manager_id]
      if not lines then
        lines, managers[#managers + 1] = {}, row.manager_id
        of_manager[row.manager_id] = lines
      end
      for _, line in ipairs(lines_of(row)) do lines[#lines + 1] = line end
    end
  end
  table.sort(managers)
  return of_manager, managers
end

local of_manager, managers = public_lines()
local out = assert(io.open("lua/homey/api/operation_table.lua", "w"))
out:write [[
-- Public operations of the hub: a text for each manager, a line for each variant of an operation.
-- Made by mk/tables/operations.lua from mk/tables/*.tsv: change those, then `make operations`.
-- luacheck: no max line length
--
-- A line: operation, method, path below the manager, platforms, 1 when it may go over a websocket,
-- what it does to which item or "-", then its parameters as name:place:type:required[:root](members).

return {
]]
for _, manager in ipairs(managers) do
  out:write(('  ["%s"] = [[\n%s\n]],\n'):format(manager, table.concat(of_manager[manager], "\n")))
end
out:write "}\n"
out:close()

-- ---- the cloud ----------------------------------------------------------------------------------

local servers = { AthomCloudAPI = "cloud", AthomEnergyAPI = "energy", AthomWeatherAPI = "weather" }

local function cloud_line(row)
  local base = row.host:match "^[^/]+/(.-)/?$"
  local path = (base ~= "" and "/" .. base or "") .. row.path:gsub("{(%w+)}", ":%1")
  local params = row.params == "-" and "" or row.params:gsub(",", " ")
  return (("%s %s %s %s %s"):format(row.operation, row.method, path, servers[row.api], params)
    :gsub("%s+$", ""))
end

local cloud_lines = {}
for _, row in ipairs(read "mk/tables/cloud-operations.tsv") do
  cloud_lines[#cloud_lines + 1] = cloud_line(row)
end
table.sort(cloud_lines)
out = assert(io.open("lua/homey/api/cloud_table.lua", "w"))
out:write [[
-- Public operations of the Athom cloud, a line each.
-- Made by mk/tables/operations.lua from mk/tables/*.tsv: change those, then `make operations`.
-- luacheck: no max line length
--
-- A line: operation, method, path, server, then its parameters as name:place:type:required.

]]
out:write("return [[\n", table.concat(cloud_lines, "\n"), "\n]]\n")
out:close()
