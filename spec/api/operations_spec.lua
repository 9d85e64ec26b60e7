-- Runs hardly any C code: not under Valgrind.
local operations = require "homey.api.operations"

local function table_rows() return dofile("mk/files.lua").rows "mk/tables/operations.tsv" end

local function params_text(row)
  local list = {}
  for _, param in ipairs(row.params) do
    list[#list + 1] = table.concat({
      param.name, param.place, param.type, param.required and "1" or "0",
    }, ":") .. (param.root and ":root" or "")
  end
  return #list == 0 and "-" or table.concat(list, ",")
end

describe("the operations", function()
  local counts = { v2 = 0, v3l = 0, v3c = 0 }

  it("are those of the table that are public", function()
    for _, row in ipairs(table_rows()) do
      for platform in row.platforms:gmatch "[^,]+" do
        local found = operations.find(row.manager_id, row.operation, platform)
        local what = row.manager_id .. "." .. row.operation .. " on " .. platform
        if row.private == "1" then
          assert.is_nil(found, what)
        else
          counts[platform] = counts[platform] + 1
          assert.equal(row.method .. " " .. row.path, found.method .. " " .. found.path, what)
          assert.equal(row.params, params_text(found), what)
          assert.equal(row.socket == "1", found.socket, what)
          assert.equal(row.crud, found.verb and found.verb .. ":" .. found.item or "-", what)
        end
      end
    end
    assert.same({ v2 = 230, v3l = 320, v3c = 239 }, counts)
  end)

  it("are listed by manager, all and for a platform", function()
    local managers, listed = operations.managers(), { v2 = 0, v3l = 0, v3c = 0 }
    for platform, count in pairs(counts) do
      for _, manager in ipairs(operations.managers(platform)) do
        listed[platform] = listed[platform] + #operations.of(manager, platform)
      end
      assert.equal(count, listed[platform])
    end
    assert.is_true(#managers > #operations.managers "v2")
    assert.equal("alarms", managers[1])
    assert.is_nil(operations.of "alarm")
    assert.same({}, operations.of("alarms", "v3c"))
  end)

  it("know the members of a body on each platform", function()
    local function names(platform)
      local row, list =
        operations.find("energy", "setDynamicPricesElectricityZone", platform), {}
      for i, member in ipairs(row.params[1].members) do list[i] = member.name end
      return list
    end
    assert.same({ "zoneId", "zoneVersion", "priceInterval" }, names "v3l")
    assert.same({ "zoneId", "zoneVersion", "zoneName", "zoneCountryKey" }, names "v3c")
    local zone = operations.find("zones", "createZone", "v3l").params[1]
    assert.same({ name = "parent", type = "string", required = true }, zone.members[3])
    assert.is_nil(operations.find("zones", "createZone", "v2").params[1].members)
    local value = operations.find("logic", "updateVariable", "v3l").params[2].members[2]
    assert.equal("string|number|boolean", value.type)
  end)

  it("know the members of every body in the table", function()
    local count = 0
    for line in io.lines "mk/tables/operation-bodies.tsv" do
      local manager, operation, param, root, properties,
        platforms = line:match("^(%l+)\t(%S+)\t(%S+)\t([01])\t(%S+)\t(%S+)$")
      for platform in (platforms or ""):gmatch "[^,]+" do
        count = count + 1
        local found
        for _, each in ipairs(operations.find(manager, operation, platform).params) do
          if each.name == param then found = each end
        end
        local list = {}
        for i, member in ipairs(found.members) do
          list[i] = ("%s:%s:%d"):format(member.name, member.type, member.required and 1 or 0)
        end
        assert.equal(properties, table.concat(list, ","))
        assert.equal(root == "1", found.root)
      end
    end
    assert.equal(51, count)
  end)

  it("are found on the platforms that have them", function()
    assert.same({ "v2", "v3l", "v3c" }, operations.platforms_of("devices", "getDevice"))
    assert.same({ "v3l", "v3c" }, operations.platforms_of("devices", "getCapabilityValue"))
    assert.same({}, operations.platforms_of("devices", "getDog"))
    assert.same({}, operations.platforms_of("dogs", "getDog"))
  end)

  it("know the platform of a hub", function()
    assert.equal("v2", operations.platform_of(2, "local"))
    assert.equal("v3l", operations.platform_of(3, "local"))
    assert.equal("v3l", operations.platform_of(nil, nil))
    assert.equal("v3c", operations.platform_of(3, "cloud"))
  end)
end)
