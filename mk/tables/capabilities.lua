-- Writes lua/homey/model/capability_catalog.lua from the tables in mk/tables/. Run it in the root
-- of the repository, with any Lua.

local function rows(path)
  local list = {}
  for line in io.lines(path) do
    if not line:find("^#") and not line:find("^id\t") then list[#list + 1] = line end
  end
  return list
end

local function first_column(lines)
  local names = {}
  for i, line in ipairs(lines) do names[i] = line:match("^[^\t]+") end
  return names
end

-- Lines of at most 100 columns.
local function paragraph(names)
  local lines, line = {}, ""
  for _, name in ipairs(names) do
    if #line + #name >= 100 then
      lines[#lines + 1] = line
      line = ""
    end
    line = line == "" and name or line .. " " .. name
  end
  lines[#lines + 1] = line
  return lines
end

local out = assert(io.open("lua/homey/model/capability_catalog.lua", "w"))
out:write "-- Made by mk/tables/capabilities.lua from the tables there: change those and run it.\n"
out:write("-- luacheck: no max line length\n\n")
out:write("-- id, type, min, max, step, decimals, units, values, getable, setable; between tabs\n")
out:write("local capabilities = [[\n", table.concat(rows("mk/tables/capabilities.tsv"), "\n"),
  "\n]]\n\n")
local classes = first_column(rows("mk/tables/device-classes.tsv"))
out:write("local classes = [[\n", table.concat(paragraph(classes), "\n"), "\n]]\n\n")
out:write("return { capabilities = capabilities, classes = classes }\n")
out:close()
