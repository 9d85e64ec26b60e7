-- A script that listens sets many devices at once, over real sockets, while the simulated hub
-- refuses, forgets or loses some of the calls: each device ends as it was set, and the hub's log
-- tells how often each set was carried out.
local homey = require "homey"
local log = require "homey.util.log"
local logins = require "spec.support.logins"
local support = require "spec.support.sim"

local COUNT = 150

local function lamp(n)
  return require("homey.sim.home.build").device {
    id = ("%08d-0000-4000-8000-00000000aaaa"):format(n), name = "Lamp " .. n, class = "light",
    icon = "0", zone = "6b0c3e52-9a1d-4c7f-8f35-2d1e0b7a9c10",
    driver = "com.example.lights:bulb", changed = "2026-03-20T17:05:12.250Z",
    capabilities = { { "onoff", false }, { "dim", 0.5 } },
  }
end

local function house()
  local data = require "homey.sim.home.sunny_house"()
  data.devices = {}
  for n = 1, COUNT do
    local each = lamp(n)
    data.devices[each.id] = each
  end
  return data
end

describe("many devices set at once", function()
  local sim, home, lamps

  setup(function() sim = support.start { home = house() } end)
  teardown(support.stop)

  local function listen(timeout)
    home = homey.new(logins.options(sim.pat_options, { timeout = timeout * logins.slow }))
    home:login()
    support.connect(home)
    lamps = home:devices { capability = "onoff" }
    assert.equal(COUNT, #lamps)
    sim:reset_log()
  end

  after_each(function()
    sim:clear()
    home:close()
  end)

  -- How often sets were carried out over the socket and over HTTP, and of each device.
  local function sets()
    local list = { socket = 0, http = 0, of = {} }
    for _, entry in ipairs(sim:log()) do
      local by = entry.socket == "setCapabilityValue" and "socket"
        or entry.route == "capability" and "http"
      if by then
        list[by] = list[by] + 1
        local id = entry.path:match "/device/([^/]+)/"
        list.of[id] = (list.of[id] or 0) + 1
      end
    end
    return list
  end

  local function are(value)
    for id, device in pairs(sim:get "home.devices") do
      assert.equal(value, device.capabilitiesObj.onoff.value, id)
    end
  end

  local function is_each_set_once()
    local list = sets()
    assert.same({ COUNT, 0 }, { list.socket, list.http })
    for id, times in pairs(list.of) do assert.equal(1, times, id) end
  end

  it("are set over the socket, each once", function()
    listen(30)
    lamps:set("onoff", true)
    are(true)
    is_each_set_once()
  end)

  it("are set when the hub refuses some with 429", function()
    listen(30)
    sim:fault {
      kind = "call_refused", status = 429, route = "setCapabilityValue", after = 20, times = 5,
    }
    lamps:set("onoff", false)
    are(false)
    is_each_set_once()
  end)

  it("are set when the connection breaks among them, none more than twice", function()
    listen(30)
    sim:fault { kind = "call_dropped", route = "setCapabilityValue", after = 80, times = 1 }
    lamps:set("onoff", true)
    are(true)
    local list, again = sets(), 0
    for id, times in pairs(list.of) do
      assert.is_true(times <= 2, id)
      again = again + times - 1
    end
    assert.is_true(list.http >= 1 and again <= 64, again .. " sets were repeated")
  end)

  it("fail alone, where the hub does not answer", function()
    listen(5)
    sim:fault { kind = "call_unanswered", route = "setCapabilityValue", after = 30, times = 1 }
    log.to(function() end)
    local failed = lamps:set("onoff", false)
    log.to()
    assert.equal(1, #failed)
    assert.equal("timeout", failed[1].error.kind)
    are(false)
    is_each_set_once()
  end)
end)
