--- Many homes of one process that log in at once: the cloud sees few connections, and all get in.
local homey = require "homey"
local support = require "spec.support.sim"
local without_state = require "spec.support.without_state"

local HOMES, CONNECTIONS = 150, 64

local sim, homes

setup(function() sim = support.start() end)
teardown(support.stop)

local function log_in(i)
  local options = without_state(sim.options)
  options.timeout = 120
  homes[i] = homey.login(options)
end

local function connections_to_the_cloud()
  local seen, count = {}, 0
  for _, request in ipairs(sim:log()) do
    if request.server ~= "hub" and not seen[request.conn] then
      seen[request.conn], count = true, count + 1
    end
  end
  return count
end

describe("a hundred and fifty homes that log in at once", function()
  setup(function()
    local tasks = {}
    homes = {}
    for i = 1, HOMES do tasks[i] = homey.spawn(log_in, i) end
    for _, task in ipairs(tasks) do task:wait() end
  end)
  teardown(function()
    for _, home in ipairs(homes) do home:close() end
  end)

  it("all get in", function()
    assert.equal(HOMES, #homes)
    for _, home in ipairs(homes) do assert.equal(sim.hub_id, home.id) end
    assert.same({}, sim:complaints())
  end)

  it("share few connections to the cloud", function()
    local count = connections_to_the_cloud()
    assert.is_true(count > 1 and count <= CONNECTIONS, count .. " connections to the cloud")
  end)
end)
