-- Moods, alarms, notifications, apps and flow folders of a home in virtual time, from short
-- descriptions.
-- Runs hardly any C code: not under Valgrind.
local sim = require "homey.sim"

local devices = {
  { name = "Lamp", zone = "Kitchen", class = "light", capabilities = { onoff = false, dim = 0.5 } },
  { name = "Lamp", zone = "Hall", class = "light", capabilities = { onoff = false } },
}

local function open(more)
  local given = { devices = devices }
  for name, list in pairs(more or {}) do given[name] = list end
  return sim.home(given, { quiet = true })
end

local function refusal(f, ...)
  local ok, err = pcall(f, ...)
  assert.is_false(ok)
  return tostring(err)
end

local evening = { name = "Evening", devices = { ["Kitchen/Lamp"] = { onoff = true, dim = 0.2 } } }

describe("a mood in short form", function()
  it("names its devices, and is in their zone", function()
    local home = open { moods = { evening } }
    local _, mood = next(home.api.moods.getMoods())
    assert.same({ "Evening", home:zone("Kitchen").id }, { mood.name, mood.zone })
    home.api.moods.setMood { id = mood.id }
    assert.same({ true, 0.2 }, {
      home:device("Kitchen/Lamp"):get "onoff", home:device("Kitchen/Lamp"):get "dim",
    })
  end)

  it("is added, changed and removed by its name", function()
    local home = open()
    local id = home:add("mood", evening)
    home:change("mood", "Evening", { name = "Late" })
    assert.equal("Late", home.api.moods.getMood({ id = id }).name)
    home:remove("mood", "Late")
    assert.same({}, home.api.moods.getMoods())
  end)

  it("refuses devices and values that are none", function()
    for given, message in pairs {
      [{ name = "A", devices = { ["Kitchen/Lmp"] = {} } }] = "did you mean 'Kitchen/Lamp'",
      [{ name = "A", devices = { ["Kitchen/Lamp"] = { dim = 4 } } }] = "dim of Lamp cannot be 4",
      [{ name = "A", devices = { ["Hall/Lamp"] = { dim = 1 } } }] = "has no such capability",
      [{ name = "A", devices = { ["Hall/Lamp"] = true } }] = "a table such as { dim = 0.4 }",
      [{ name = "A", device = {} }] = "did you mean 'devices'",
    } do
      assert.match(message, refusal(open, { moods = { given } }), 1, true)
    end
  end)
end)

describe("a home in short form", function()
  it("has alarms, notifications, apps and folders", function()
    local home = open {
      alarms = { { name = "Work", time = "06:45", days = { "monday" } } },
      notifications = { { text = "The **door** is open" } },
      apps = { { id = "com.example.pool", name = "Pool" } },
      flowfolders = { { name = "Evening" } },
    }
    local _, alarm = next(home.api.alarms.getAlarms())
    assert.same({ "06:45", true, false }, {
      alarm.time, alarm.repetition.monday, alarm.repetition.tuesday,
    })
    local _, note = next(home.api.notifications.getNotifications())
    assert.equal("The **door** is open", note.excerpt)
    assert.equal("Pool", home.api.apps.getApp({ id = "com.example.pool" }).name)
    local _, folder = next(home.api.flow.getFlowFolders())
    assert.equal("Evening", folder.name)
  end)

  it("refuses an alarm of no day or time", function()
    for given, message in pairs {
      [{ name = "A", days = { "mondy" } }] = "did you mean 'monday'",
      [{ name = "A", time = "7" }] = "`time` is text such as \"06:45\"",
    } do
      assert.match(message, refusal(open, { alarms = { given } }), 1, true)
    end
  end)

  it("refuses a notification without a text", function()
    assert.match("a notification needs a `text`, which is text, not nothing",
      refusal(open, { notifications = { {} } }), 1, true)
  end)

  it("changes an app by its name", function()
    local home = sim.home()
    home:change("app", "HomeyScript", { enabled = false })
    assert.is_false(home.api.apps.getApp({ id = "com.athom.homeyscript" }).enabled)
  end)
end)
