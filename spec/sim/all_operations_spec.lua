-- Every public operation of every kind of hub, by its official name: the simulated hub accepts its
-- parameters and answers, and items have the members of mk/tables/items.tsv, with their types.
-- Runs on one Lua: no Lua has a part in it.
local arguments = require "spec.support.operation_arguments"
local homey = require "homey"
local item_shapes = require "spec.support.item_shapes"
local operations = require "homey.api.operations"
local sim = require "homey.sim"
local support = require "spec.support.sim"
local without_state = require "spec.support.without_state"

local platforms = {
  v2 = { api_version = 2, quiet = true }, v3l = { quiet = true }, v3c = { quiet = true },
}

-- A hub to ask: `api`, `first(list)` for the id of an item, `context` where it is in this process.
local function open(platform)
  local home = sim.home(nil, platforms[platform])
  if platform == "v3c" then home.model.data.homey.platform = "cloud" end
  return {
    api = home.api, context = home.context, close = function() home:close() end,
    first = function(list) return next(home.model.data[list]) end,
  }
end

-- Ids of items that are on no list, made when they are needed.
local makers = {
  PairSession = function(hub)
    return hub.api.drivers.createPairSession {
      pairsession = { type = "pair", driverId = "homey:app:com.example.lights:bulb" },
    }.id
  end,
  Session = function(hub)
    local state = hub.context.state
    return state:session(state:bearer "OAUTH").id
  end,
}

local function id_of(hub, row)
  return function(item)
    item = arguments.item_of_path(row.path) or item
    if makers[item] then return makers[item](hub) end
    local list = arguments.lists[item]
    return list and hub.first(list) or nil
  end
end

-- What an operation needs to have happened before.
local before = {
  updateGroup = function(hub, args)
    args.id = hub.api.devices.createGroup { group = arguments.group }.id
  end,
  deleteDeviceFromGroup = function(hub, args)
    args.groupId = hub.api.devices.createGroup { group = arguments.group }.id
  end,
  deletePairSessionDevice = function(hub, args)
    hub.api.drivers.createPairSessionDevice {
      id = args.id, device = { name = "Spot", data = { id = "1" }, capabilities = { "onoff" } },
    }
  end,
  getPairSessions = function(hub) makers.PairSession(hub) end,
  login = function(hub, args) args.token = hub.context.state:jwt("delegation", {}) end,
  loginLocal = function(hub, args)
    local set = hub.context.settings
    args.username, args.password = set.local_username, set.local_password
  end,
}

local function arguments_of(hub, row, platform)
  local args = {}
  for _, param in ipairs(row.params) do
    args[param.name] = arguments.value(row, param, platform, id_of(hub, row))
  end
  if before[row.operation] then before[row.operation](hub, args) end
  return args
end

local function send(hub, row, platform)
  local args = arguments_of(hub, row, platform)
  local call = hub.api[row.manager][row.operation]
  return call(args)
end

-- Of an answer with all items, each one; of another, the item itself.
local function check_items(platform, row, answer)
  if row.verb == "deleteOne" then return end
  if row.verb ~= "getAll" then
    assert.is_nil(item_shapes.problem(platform, row.manager, row.item, answer))
    return
  end
  local count = 0
  for key, item in pairs(answer) do
    count = count + 1
    assert.is_nil(item_shapes.problem(platform, row.manager, row.item, item))
    if type(key) == "string" then assert.equal(key, item.id) end
  end
  assert.is_true(count > 0, "there is no item to look at")
end

local function describe_row(row, problem)
  return ("%s of %s: %s"):format(row.operation, row.manager, tostring(problem))
end

-- What is wrong with the answer to an operation; nil where all is right.
local function problem_of(hub, row, platform)
  local ok, answer = pcall(send, hub, row, platform)
  if not ok then return describe_row(row, answer) end
  if not row.item then return nil end
  local good, problem = pcall(check_items, platform, row, answer)
  if not good then return describe_row(row, problem) end
end

for _, platform in ipairs { "v2", "v3l", "v3c" } do
  describe(("each operation of a simulated hub, %s,"):format(platform), function()
    for _, manager in ipairs(operations.managers(platform)) do
      it("of " .. manager .. " is answered", function()
        for _, row in ipairs(operations.of(manager, platform)) do
          local hub = open(platform)
          assert.is_nil(problem_of(hub, row, platform))
          assert.same({}, hub.context.complaints, row.operation)
          hub.close()
        end
      end)
    end
  end)
end

-- Over a real socket: what reads, since one hub answers all of it.
for _, platform in ipairs { "v2", "v3l", "v3c" } do
  describe(("a websocket of a simulated hub, %s,"):format(platform), function()
    local server, home, hub

    setup(function()
      local house = require "homey.sim.home.sunny_house"()
      if platform == "v3c" then house.homey.platform = "cloud" end
      server = support.start { home = house, api_version = platform == "v2" and 2 or 3 }
      home = homey.new(without_state(server.options))
      hub = { api = home.api, first = function(list) return next(server:get("home." .. list)) end }
      home:on("device.create", function() end)
      while not home.connected do home.scheduler:sleep(0.02) end
      server:reset_log()
    end)

    teardown(function()
      home:close()
      support.stop()
    end)

    it("answers every operation that reads", function()
      local asked, heard = {}, {}
      for _, manager in ipairs(operations.managers(platform)) do
        for _, row in ipairs(operations.of(manager, platform)) do
          if row.method == "GET" then
            asked[row.operation] = (asked[row.operation] or 0) + 1
            assert.is_nil(problem_of(hub, row, platform))
          end
        end
      end
      for _, entry in ipairs(server:log()) do
        if entry.socket then heard[entry.socket] = (heard[entry.socket] or 0) + 1 end
      end
      for name, count in pairs(asked) do assert.is_true((heard[name] or 0) >= count, name) end
      assert.same({}, server:complaints())
    end)
  end)
end
