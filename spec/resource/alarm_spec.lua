-- Alarms of the hub: list, change, create, remove, events.
local failure = require "spec.support.failure"
local homey = require "homey"
local simulator = require "homey.sim"
local support = require "spec.support.sim"
local without_state = require "spec.support.without_state"

for _, version in ipairs { 2, 3 } do
  describe(("an alarm of a v%d hub"):format(version), function()
    local home, work

    before_each(function()
      home = simulator.home(nil, { quiet = true, api_version = version })
      work = home:alarm "Work"
    end)
    after_each(function() home:close() end)

    local function message(f, ...)
      local err = failure(f, ...)
      assert.equal("invalid", err.kind)
      assert.equal(0, #home.sent)
      return err.message
    end

    it("has a time, days and whether it goes off", function()
      assert.same({ "Work", "06:45", "mon-fri", true },
        { work.name, work.time, work.days, work.enabled })
      assert.same({ work }, home:alarms())
    end)

    it("is changed, and keeps members that are not named", function()
      assert.equal(work, work:set { time = "7:05" })
      assert.same({ "07:05", "mon-fri", true }, { work.time, work.days, work.enabled })
      work:set { days = "sat, sun and wed", enabled = false }
      assert.same({ "07:05", "wed sat sun", false }, { work.time, work.days, work.enabled })
      work:refresh()
      assert.same({ "07:05", "wed sat sun", false }, { work.time, work.days, work.enabled })
      assert.is_nil(work:set({ days = "" }).days)
      assert.is_true(work:enable().enabled)
      assert.is_false(work:disable():refresh().enabled)
    end)

    for _, case in ipairs {
      { { time = "25:00" }, "`time` takes a time of day such as \"06:45\", not '25:00'" },
      { { time = 7 }, "`time` takes a time of day such as \"06:45\", not 7" },
      { { days = "first monday" }, "takes days of the week such as \"mon%-fri\", not 'first mon" },
      { { days = "mon-xyz" }, "'xyz' is not a day of the week" },
      { { days = 5 }, "takes days of the week" },
      { { enabled = "yes" }, "`enabled` takes true or false" },
      { { tiem = "06:00" }, "has no option 'tiem'; did you mean 'time'" },
      { {}, "not an empty one" },
    } do
      it("refuses what it cannot be: " .. case[2], function()
        assert.match(case[2], message(work.set, work, case[1]))
      end)
    end

    it("is created, renamed and removed", function()
      local nap = home:create_alarm { name = "Nap", time = "14:00", days = "weekend" }
      assert.same({ "Nap", "14:00", "sat sun", true },
        { nap.name, nap.time, nap.days, nap.enabled })
      assert.equal(nap, home:alarm(nap:rename("Siesta").name))
      nap:remove { confirm = true }
      assert.equal("not_found", failure(home.alarm, home, "Siesta").kind)
      assert.is_nil(home:create_alarm({ name = "Once", time = "09:00" }).days)
    end)

    it("needs a name and a time", function()
      assert.match("needs `name`", message(home.create_alarm, home, { time = "09:00" }))
      assert.match("needs `time`", message(home.create_alarm, home, { name = "Nap" }))
    end)

    it("tells when somebody else changes it", function()
      local values, names = {}, {}
      work:on("enabled", function(value) values[#values + 1] = value end)
      home:on("alarm.update", function(alarm, event)
        names[#names + 1] = alarm.name .. (event.own and " own" or "")
      end)
      home:advance "1 s"
      home.model:update("alarms", work.id, { enabled = false })
      home:advance "1 s"
      work:set { time = "08:00" }
      home:advance "1 s"
      assert.same({ false }, values)
      assert.same({ "Work", "Work own" }, names)
      assert.is_false(work.enabled)
    end)
  end)
end

describe("an alarm over real sockets", function()
  local sim

  setup(function()
    sim = support.start()
    homey.login(without_state(sim.pat_options))
  end)
  teardown(support.stop)

  for _, version in ipairs { 3, 2 } do
    it(("of a v%d hub is created, changed and removed"):format(version), function()
      sim:set { api_version = version }
      local nap = homey.create_alarm { name = "Nap", time = "14:00" }
      nap:set { time = "15:30", days = "sun", enabled = false }
      nap:refresh()
      assert.same({ "15:30", "sun", false }, { nap.time, nap.days, nap.enabled })
      nap:remove { confirm = true }
      assert.equal("not_found", failure(nap.refresh, nap).kind)
    end)
  end
end)
