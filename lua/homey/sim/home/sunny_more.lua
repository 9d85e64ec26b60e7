--- Sunny House, continued: moods, alarms, apps and images. All of it is invented.
local core = require "homey.core"
local build = require "homey.sim.home.build"

local null, array = core.null, build.array

local kitchen_lamp = "ff469433-66b3-458d-ad73-14530d8f9b39"
local hall_lamp = "2a9e7c14-b0d5-4f83-9c61-e7f40a5b8d20"
local reading_light = "c5b38f02-7e19-4ad6-8b40-916d2f7ea321"
local living_room = "d93b1f67-08ce-4a52-8d7e-5b4a0c9e1f13"
local kitchen = "a4c2e810-5d3b-47f6-b09a-3e8f1c6d7212"
local home = "6b0c3e52-9a1d-4c7f-8f35-2d1e0b7a9c10"

-- `states`: the values of each device, by its id.
local function mood(id, name, zone, states)
  local devices = {}
  for device, state in pairs(states) do devices[device] = { state = state } end
  return { id = id, name = name, preset = null, zone = zone, devices = devices }
end

local function moods()
  return build.by_id {
    mood("8c1f5a70-3be9-4d26-9a47-e05d7c2b6f81", "Reading", living_room, {
      [reading_light] = { onoff = true, dim = 0.9, light_temperature = 0.4 },
    }),
    mood("d27e9b34-6f08-4c51-b3a2-1f84c0e6d982", "Dinner", kitchen, {
      [kitchen_lamp] = { onoff = true, dim = 0.4 },
    }),
    mood("47b0d6e2-a95c-4f13-86d8-c3e1f72a0b83", "Lights out", home, {
      [kitchen_lamp] = { onoff = false }, [hall_lamp] = { onoff = false },
      [reading_light] = { onoff = false },
    }),
  }
end

local workdays = {
  monday = true, tuesday = true, wednesday = true, thursday = true, friday = true,
  saturday = false, sunday = false,
}

local function alarms()
  return build.by_id {
    {
      id = "e61c8d05-27fa-4b93-9d60-5a8f3e1b7c84", name = "Work", time = "06:45", enabled = true,
      nextOccurance = null, repetition = workdays,
    },
  }
end

local function app(id, name, version, more)
  local made = {
    id = id, name = name, version = version, channel = "live", origin = "appstore",
    author = { name = "Sunny Example" }, compatibility = ">=5.0.0", permissions = array(),
    color = "#2F6B4F", images = {}, state = "running", enabled = true, autoupdate = true,
    settings = true, updateAvailable = false, usage = { cpu = 0.4, mem = 41943040 },
    crashed = false, crashedMessage = null, crashedCount = 0,
    iconObj = { id = id, url = "/icon/" .. id .. "/icon.svg" },
  }
  for member, value in pairs(more or {}) do made[member] = value end
  return made
end

local script = "com.athom.homeyscript"

local function apps()
  return build.by_id {
    app(script, "HomeyScript", "3.8.0"),
    app("com.example.lights", "Example Lights", "1.4.2"),
    app("com.example.sensors", "Example Sensors", "2.0.1", { autoupdate = false }),
    app("com.example.plugs", "Example Plugs", "1.0.9"),
  }
end

-- The app's own settings, and its answers below /api/app/<id>.
local function app_settings()
  return {
    [script] = { autocomplete = true },
    ["com.example.lights"] = { transition = 0.4, restore = true },
  }
end

local function app_answers()
  return {
    [script] = {
      ["GET /script"] = {
        hello = { id = "hello", name = "hello", version = 1, lastExecuted = null },
      },
      ["POST /script/hello/run"] = { success = true, returns = "Hello" },
    },
  }
end

-- The card that runs a script, which its app would do.
local function cards()
  local uri = "homey:app:" .. script
  return build.by_id {
    {
      id = uri .. ":run", ownerUri = uri, ownerId = "run", ownerName = "HomeyScript",
      title = "Run a script", titleFormatted = "Run [[script]]", tokens = array(),
      args = array {
        {
          name = "script", title = "Script", type = "autocomplete",
          choices = array { { id = "hello", name = "hello" } },
        },
      },
    },
  }
end

local function images()
  return build.by_id {
    {
      id = "0d5f8b91-c4e6-47a2-b1d3-9e70a6f25c85", ownerUri = "homey:app:com.example.doors",
      url = "/api/image/0d5f8b91-c4e6-47a2-b1d3-9e70a6f25c85",
      lastUpdated = "2026-03-20T17:05:12.250Z",
    },
  }
end

local function dashboards()
  return build.by_id {
    {
      id = "71f4c0a9-8e2d-4b56-a3d7-0c9b6e1f5286", name = "Hall",
      columns = array { { widgets = array() } },
    },
  }
end

local lights = "homey:app:com.example.lights"

local function widgets()
  return build.by_id {
    {
      id = lights .. ":scenes", ownerId = "scenes", ownerUri = lights,
      ownerName = "Example Lights", name = "Scenes",
    },
  }
end

local function widget_stores()
  return build.by_id { { id = lights, ownerUri = lights, state = { scene = "evening" } } }
end

local function matter_nodes()
  return build.by_id { { id = "b93e5d17-6c08-4fa2-91de-7a2b0c8f4487", name = "Example plug" } }
end

local function voices()
  return build.by_id {
    { id = "en-US", name = "Emma", language = "en", locale = "en-US", gender = "female" },
  }
end

-- Daily curves of the values before the simulation began, by capability.
local function curves()
  return {
    measure_temperature = { swing = 1.5, decimals = 1, gap = true },
    measure_humidity = { swing = 6, decimals = 0, min = 0 },
    measure_luminance = { swing = 30, decimals = 0, min = 0 },
    measure_pressure = { swing = 2, decimals = 0 },
    measure_power = { swing = 40, decimals = 1, min = 0 },
  }
end

--- The lists of the home by name.
---@return table<string, table>
return function()
  return {
    moods = moods(), alarms = alarms(), apps = apps(), app_settings = app_settings(),
    app_answers = app_answers(), images = images(), insights_curves = curves(),
    flowcardactions = cards(),
    dashboards = dashboards(), appwidgets = widgets(), widgetstores = widget_stores(),
    matternodes = matter_nodes(), voices = voices(),
  }
end
