-- Notifications of the hub: list, remove, events.
local failure = require "spec.support.failure"
local homey = require "homey"
local simulator = require "homey.sim"
local support = require "spec.support.sim"
local without_state = require "spec.support.without_state"

for _, version in ipairs { 2, 3 } do
  describe(("the notifications of a v%d hub"):format(version), function()
    local home

    before_each(function()
      home = simulator.home(nil, {
        quiet = true, api_version = version, time = "2026-04-01 12:00",
      })
    end)
    after_each(function() home:close() end)

    local function texts()
      local list = {}
      for i, each in ipairs(home:notifications()) do list[i] = each.text end
      return list
    end

    it("are listed, newest first", function()
      home:advance "1 min"
      home:notify "The door is open"
      home:advance "1 min"
      home:notify "The door is closed"
      assert.same({ "The door is closed", "The door is open", "Welcome to **Sunny House**" },
        texts())
      local newest = home:notifications()[1]
      assert.is_true(math.abs(newest.at - home.scheduler.core_loop:time()) < 60)
      assert.equal("homey:manager:flow", newest.owner_uri)
      assert.equal("The door is closed", tostring(newest))
    end)

    it("are removed one by one", function()
      home:notify "The door is open"
      home:notifications()[1]:remove()
      assert.same({ "Welcome to **Sunny House**" }, texts())
    end)

    it("are all removed when that is confirmed", function()
      home:notify "The door is open"
      assert.match("remove all notifications for good",
        failure(home.remove_notifications, home).message)
      assert.equal(2, #texts())
      home:remove_notifications { confirm = true }
      assert.same({}, texts())
    end)

    it("are told as they come and go", function()
      local told = {}
      for _, name in ipairs { "notification.create", "notification.delete" } do
        home:on(name, function(notification, event)
          told[#told + 1] = ("%s %s%s"):format(name, notification.text,
            event.own and " own" or "")
        end)
      end
      home:advance "1 s"
      home:notify "The door is open"
      home:advance "1 s"
      home:notification("The door is open"):remove()
      home:advance "1 s"
      assert.same({
        "notification.create The door is open", "notification.delete The door is open own",
      }, told)
    end)
  end)
end

describe("the notifications over real sockets", function()
  local sim

  setup(function()
    sim = support.start()
    homey.login(without_state(sim.pat_options))
  end)
  teardown(support.stop)

  for _, version in ipairs { 3, 2 } do
    it(("of a v%d hub are listed and removed"):format(version), function()
      sim:set { api_version = version }
      homey.notify("Version " .. version)
      local newest = homey.notifications()[1]
      assert.equal("Version " .. version, newest.text)
      newest:remove()
      assert.not_equal(newest, homey.notifications()[1])
    end)
  end
end)
