-- Every public method of each manager class of the vendor's client, npm's homey-api, against the
-- simulated hub. The methods are those of the package's own specification, so that none is
-- forgotten. Skipped with a message where Node or npm is missing; in CI that fails.
-- Runs on one Lua: no Lua has a part in it.
local arguments = require "spec.support.operation_arguments"
local core = require "homey.core"
local npm = require "spec.support.node.npm"
local operations = require "homey.api.operations"
local support = require "spec.support.sim"

if npm.missing() then
  describe("the vendor's client, each method", function() pending(npm.missing()) end)
  return
end

-- Ids that the program makes itself, by "operation parameter" or the parameter alone.
local made = {
  ["groupId"] = "@Group", ["updateGroup id"] = "@Group", ["deleteSession id"] = "@Session",
}

-- Methods of version 2 that the client does not change, so that ids are short.
local short_ids = { deleteLog = true, updateLog = true }

local function value_of(sim, platform, row, param)
  local fixed = made[row.operation .. " " .. param.name] or made[param.name]
  if fixed then return fixed end
  local form = platform == "v2" and short_ids[row.operation] and "v2" or "v3l"
  return arguments.value(row, param, form, function(item)
    item = arguments.item_of_path(row.path) or item
    if item == "PairSession" then return "@PairSession" end
    local list = arguments.lists[item]
    return list and next(sim:get("home." .. list))
  end)
end

local fixed = {
  ["users loginLocal"] = {
    username = "porch", password = "light at 7", clientId = "a", clientName = "A",
  },
  ["devkit runApp"] = { env = {}, debug = false, clean = false },
  ["devices scheduleRefresh"] = {}, -- reads all devices again, in a moment
}

-- The arguments of all methods, in a file.
local function write_arguments(sim, platform)
  local all = {}
  for _, manager in ipairs(operations.managers(platform)) do
    for _, row in ipairs(operations.of(manager, platform)) do
      local args = {}
      for _, param in ipairs(row.params) do
        args[param.name] = value_of(sim, platform, row, param)
      end
      all[manager .. " " .. row.operation] = args
    end
  end
  for name, args in pairs(fixed) do all[name] = args end
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write((assert(core.encode(all))))
  file:close()
  return path
end

local function count_of(platform)
  local count = 0
  for _, manager in ipairs(operations.managers(platform)) do
    count = count + #operations.of(manager, platform)
  end
  return count
end

local classes = { v2 = "HomeyAPIV2", v3l = "HomeyAPIV3Local", v3c = "HomeyAPIV3Cloud" }

for _, platform in ipairs { "v2", "v3l", "v3c" } do
  for _, transport in ipairs { "http", "socket" } do
    describe(("the vendor's client of a hub, %s, over %s,"):format(platform, transport), function()
      local sim, client, file

      setup(function()
        local house = require "homey.sim.home.sunny_house"()
        if platform == "v3c" then house.homey.platform = "cloud" end
        sim = support.start {
          home = house, api_version = platform == "v2" and 2 or 3, require_homey_id = false,
        }
        file = write_arguments(sim, platform)
        local known = support.client
        client = npm.start(npm.package("homey-api", "3.20"), "../../oracle/operations.js", {
          file, transport, support.code(sim), known.id, known.secret, known.redirect_uri,
        }, {
          HOMEY_CONNECT_TO = table.concat(sim.options.connect_to, ","),
          NODE_EXTRA_CA_CERTS = sim.cafile,
        }, "--require '" .. npm.here .. "redirect.js'")
      end)

      teardown(function()
        if client then client:stop() end
        if file then os.remove(file) end
        support.stop()
      end)

      it("calls each method with success", function()
        assert.equal(classes[platform], client:expect "class (%w+)\n")
        local count = tonumber((client:expect "finished (%d+)\n"))
        local bad = {}
        for line in client:said():gmatch "bad ([^\n]+)" do bad[#bad + 1] = line end
        assert.same({}, bad)
        assert.is_true(count >= count_of(platform) - 1, count) -- all but the login
        assert.same({}, sim:complaints())
        local login
        for _, entry in ipairs(sim:log()) do login = login or entry.route == "hub-login" end
        assert.is_true(login)
      end)
    end)
  end
end
