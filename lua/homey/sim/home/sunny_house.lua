--- Sunny House: the default home of the simulator. All of it is invented.
local core = require "homey.core"
local build = require "homey.sim.home.build"

local null, array, zone = core.null, build.array, build.zone
local changed = "2026-03-20T17:05:12.250Z"

local rooms = {
  home = "6b0c3e52-9a1d-4c7f-8f35-2d1e0b7a9c10",
  downstairs = "0f7d5a3c-4b28-4e91-9c66-71e2d8a0b511",
  kitchen = "a4c2e810-5d3b-47f6-b09a-3e8f1c6d7212",
  living = "d93b1f67-08ce-4a52-8d7e-5b4a0c9e1f13",
  hall = "17e8c4a0-6f92-4d35-a1b8-9c0d7e3f2614",
  upstairs = "58a0d7b3-2e4c-4f18-97d1-c6b3e9f05a15",
  bedroom = "e2f49c81-7b50-43da-8a6f-0d1c5b7e3916",
  bathroom = "3c71b5e9-d8a4-4096-b2f3-8e7a6d0c4b17",
  garden = "95d0e6f2-13b7-4c8a-9e04-b7f2a1c8d318",
}

local function zones()
  return build.by_id {
    zone(rooms.home, "Home", nil, "home"),
    zone(rooms.downstairs, "Downstairs", rooms.home, "groundfloor"),
    zone(rooms.kitchen, "Kitchen", rooms.downstairs, "kitchen"),
    zone(rooms.living, "Living room", rooms.downstairs, "living_room"),
    zone(rooms.hall, "Hall", rooms.downstairs, "hallway"),
    zone(rooms.upstairs, "Upstairs", rooms.home, "firstfloor"),
    zone(rooms.bedroom, "Bedroom", rooms.upstairs, "bedroom"),
    zone(rooms.bathroom, "Bathroom", rooms.upstairs, "bathroom"),
    zone(rooms.garden, "Garden", rooms.home, "garden"),
  }
end

local devices = {} -- in the order they were added

-- What the doorbell saw last.
local visitor = {
  id = "0d5f8b91-c4e6-47a2-b1d3-9e70a6f25c85", ownerUri = "homey:app:com.example.doors",
  url = "/api/image/0d5f8b91-c4e6-47a2-b1d3-9e70a6f25c85", lastUpdated = changed,
}

local function add(id, name, room, class, driver, capabilities, more)
  devices[#devices + 1] = build.device({
    id = id, name = name, zone = rooms[room], class = class, driver = "com.example." .. driver,
    capabilities = capabilities, changed = changed, icon = (id:gsub("-", "")),
  }, more)
end

local function lights()
  add("ff469433-66b3-458d-ad73-14530d8f9b39", "Lamp", "kitchen", "light", "lights:bulb", {
    { "onoff", false }, { "dim", 0.6 },
  }, { energy = { approximation = { usageOn = 8, usageOff = 0.3 } } })
  add("2a9e7c14-b0d5-4f83-9c61-e7f40a5b8d20", "Lamp", "hall", "light", "lights:bulb", {
    { "onoff", true }, { "dim", 0.35 },
  })
  add("c5b38f02-7e19-4ad6-8b40-916d2f7ea321", "Reading light", "living", "light",
    "lights:colour_bulb", {
    { "onoff", true }, { "dim", 0.8 }, { "light_hue", 0.12 }, { "light_saturation", 0.5 },
    { "light_temperature", 0.7 }, { "light_mode", "temperature" },
  }, { note = "Warm white in the evening, please" })
  add("7f60d1b8-3c2a-4e95-a7d4-05e8c9b61f22", "Bedside lights", "bedroom", "light",
    "lights:double_dimmer", {
    { "onoff", false, with = { title = "Left" } }, { "onoff.2", false, with = { title = "Right" } },
    { "dim", 0.4, with = { title = "Left, brightness" } },
    { "dim.2", 0.4, with = { title = "Right, brightness" } },
  })
  add("b81d4e97-f5a0-4c36-9278-3da6e0c57b23", "Garden lights", "garden", "light", "lights:strip", {
    { "onoff", false }, { "dim", 1 },
  }, {
    available = false, unavailableMessage = "The bridge in the shed does not answer", ready = true,
  })
end

local function sensors()
  add("4d72a6c0-91be-4f08-b3e5-c81f7d0a6924", "Motion", "hall", "sensor", "sensors:motion", {
    { "alarm_motion", false }, { "measure_luminance", 40 }, { "measure_temperature", 19.5 },
    { "measure_battery", 88 },
  }, {
    energyObj = {
      W = null, batteries = array { "AA", "AA" }, cumulative = null, generator = null,
    },
  })
  add("e90b5c3f-284d-47a1-8fc6-d5a7139e0b25", "Window", "kitchen", "sensor", "sensors:contact", {
    { "alarm_contact", false }, { "alarm_battery", false },
  })
  add("68c1f7d9-a03e-4b52-9e84-7b20d4f6c326", "Weather", "garden", "sensor", "sensors:weather", {
    { "measure_temperature", 11.2 }, { "measure_humidity", 71 }, { "measure_pressure", 1013 },
  })
  add("13a5e8b4-c9f7-4d60-8213-6ef90b7d4a27", "Smoke detector", "upstairs", "smokealarm",
    "sensors:smoke", {
    { "alarm_smoke", false }, { "alarm_battery", false }, { "measure_battery", 64 },
  })
  add("32833106-536e-45df-80b2-d002cc92d33d", "Leak sensor", "bathroom", "sensor", "sensors:leak", {
    { "alarm_water", false }, { "measure_battery", 77 },
  })
end

local function machines()
  add("d04f9b27-5e8c-4a13-b6d0-82c7f1e3a928", "Thermostat", "living", "thermostat", "warmth:wall", {
    { "target_temperature", 20.5, with = { min = 5, max = 30 } }, { "measure_temperature", 20.1 },
    { "measure_temperature.floor", 23.4, with = { title = "Floor temperature" } },
    { "thermostat_mode", "auto" },
  })
  add("9c36e0f1-d7b2-48a5-87f9-1a4b6c8e5d29", "Front door", "hall", "lock", "doors:lock", {
    { "locked", true }, { "alarm_contact", false }, { "measure_battery", 91 },
  })
  add("50e7b3da-8f14-4c69-a5b0-f9d2c61e7830", "Blinds", "living", "blinds", "shade:blinds", {
    { "windowcoverings_set", 1 }, { "windowcoverings_state", "idle" },
  })
  add("a27d8e45-6b03-4f91-9d7c-40f5e3b1c931", "Coffee machine", "kitchen", "socket",
    "plugs:meter", {
    { "onoff", false }, { "measure_power", 0 }, { "meter_power", 48.237 },
  }, { virtualClass = "coffeemachine" })
  add("f1c09a76-e3d5-4b28-86a4-5d7e2b9f0c32", "Speaker", "living", "speaker", "sound:speaker", {
    { "speaker_playing", false }, { "speaker_next" }, { "speaker_prev" }, { "volume_set", 0.25 },
    { "volume_mute", false }, { "speaker_artist", "The Örchard" },
    { "speaker_track", "Slow “morning”" },
  })
  add("8b5f2d60-47ca-4e3b-b198-e06c3a9d7f33", "Fan", "bathroom", "fan", "air:fan", {
    { "onoff", false }, { "fan_speed", 0.5 }, { "measure_humidity", 58 },
  })
  add("36d9c7e8-b15a-4082-9fe3-74a8b0d5c634", "Doorbell", "hall", "button", "doors:bell",
    { { "button" } }, { images = array { { id = "visitor", type = "image", imageObj = visitor } } })
end

local function water()
  add("f08db22f-d293-456a-b170-fab23d90fbac", "Water valve", "bathroom", "watervalve",
    "water:valve", { { "onoff", true } })
  add("f3faa8e8-79ea-4723-8ad5-cfbc1d74bd1c", "Boiler", "bathroom", "boiler", "water:boiler", {
    { "onoff", true }, { "measure_temperature", 52 }, { "measure_power", 0 },
  })
  add("3ce1268c-9c80-42e3-bfec-3fee8ed2305d", "Washing machine", "bathroom", "socket",
    "plugs:meter", {
    { "onoff", true }, { "measure_power", 1.2 }, { "meter_power", 311.08 },
  }, { virtualClass = "washer" })
  add("a93f32a9-a172-4102-8e4e-dc90253d9e30", "Siren", "hall", "siren", "sound:siren",
    { { "onoff", false } })
end

local ids = {
  evening = "21c8f0a5-e6b4-4d79-83a2-b9f7d50e1c40",
  night = "74f3b9d2-1a5c-48e0-9b67-c2e80d6f5a41",
  morning = "bd06e4c7-9f38-4a21-8c5d-30b7a9f1e642",
  away = "0a97d5e3-c428-4f6b-b0d1-6e5f82c3b743",
  folder = "c86e1b04-d3f9-4725-a9e8-57f0b4d2c844",
  guests = "5e20b8f6-7d4a-4c93-8f1b-a6d9c3e07b45",
  house_mode = "92f7c1d0-b6e3-4a58-9d24-0c8b5e7f3a46",
  holiday = "e7b4a0c9-35d8-4f12-86e7-f1d2b9a5c047",
  message = "47aa2dba-d9e2-4c8d-809f-001680289e32",
  prices = "7f453a0e-f509-4b4f-95de-6e91074206e2",
  tell_me = "30f47f35-d038-4cfb-8add-40e92c34bf1c",
  vera = "4fa1d8c6-0e92-4b37-a5c0-d7e6b3f92848",
  otto = "d16b7e90-f5c3-48a4-b2d9-83c0e5a7f649",
}

local function flow(id, name, folder, more)
  local f = {
    id = id, name = name, folder = folder or null, enabled = true, triggerable = true,
    trigger = { id = "homey:manager:flow:programmatic_trigger", args = {} },
    conditions = array(), actions = array(),
  }
  for k, v in pairs(more or {}) do f[k] = v end
  return f
end

local function switch_off(device)
  return {
    id = "homey:device:" .. device .. ":off", uri = "homey:device:" .. device, args = {},
    group = "then",
    delay = null, duration = null,
  }
end

local function flows()
  return build.by_id {
    flow(ids.night, "Good night", ids.folder, {
      actions = array {
        switch_off "ff469433-66b3-458d-ad73-14530d8f9b39",
        switch_off "2a9e7c14-b0d5-4f83-9c61-e7f40a5b8d20",
      },
    }),
    flow(ids.evening, "Cosy evening", ids.folder),
    flow(ids.tell_me, "Tell me", nil, {
      actions = array {
        {
          id = "homey:manager:mobile:push_text", group = "then", delay = null, duration = null,
          args = { text = "[[homey:manager:logic|" .. ids.message .. "]]" },
        },
      },
    }),
    flow(ids.morning, "Sunrise ☀", nil, { enabled = false }),
    flow(ids.away, "Somebody rings", nil, {
      triggerable = false,
      trigger = {
        id = "homey:device:36d9c7e8-b15a-4082-9fe3-74a8b0d5c634:button_pressed", args = {},
      },
    }),
  }
end

local function advanced_flows()
  local start, act = "b2f0d6e8-4c17-4a93-8e5b-9d3c7f1a0650", "7c94e1b5-a8d2-4f06-b3e7-2f5a0d9c8b51"
  local id = "1f6d3c80-e5b9-4278-9a4f-c7e1b0d82552"
  return build.by_id {
    {
      id = id, name = "Slow sunrise", folder = null, enabled = true, triggerable = true,
      cards = {
        [start] = { type = "start", x = 40, y = 40, outputSuccess = array { act } },
        [act] = {
          type = "action", x = 320, y = 40, args = { dim = 0.1 },
          id = "homey:device:7f60d1b8-3c2a-4e95-a7d4-05e8c9b61f22:dim",
          ownerUri = "homey:device:7f60d1b8-3c2a-4e95-a7d4-05e8c9b61f22",
        },
      },
    },
  }
end

local function variables()
  return build.by_id {
    { id = ids.guests, name = "Guests", type = "number", value = 2 },
    { id = ids.house_mode, name = "House mode", type = "string", value = "home" },
    { id = ids.holiday, name = "On holiday", type = "boolean", value = false },
    { id = ids.message, name = "Message", type = "string", value = "" },
    { id = ids.prices, name = "Energy prices", type = "string", value = "" },
  }
end

local function user(id, name, role, athom, present)
  return {
    id = id, name = name, role = role, athomId = athom, enabled = true, enabledUntil = null,
    properties = {
      favoriteDevices = array { "ff469433-66b3-458d-ad73-14530d8f9b39" },
      favoriteFlows = array { ids.night },
    },
    present = present, asleep = false, avatar = null, verified = true, inviteUrl = null,
    localUsername = null,
  }
end

--- A fresh copy of Sunny House.
---@return table home  its lists by name, as a hub answers them: homey, zones, devices, flows, ...
return function()
  devices = {}
  lights()
  sensors()
  machines()
  water()
  local house = {
    homey = {
      id = "4c8e1f7a90b25d36e8f10c47", name = "Sunny House", apiVersion = 3, platform = "local",
      softwareVersion = "12.5.0", language = "en", role = "owner", state = "online",
    },
    user = {
      id = "6e21c9d04b7f8a53e0d1b964", firstname = "Vera", lastname = "Sünny", language = "en",
    },
    zones = zones(),
    devices = build.by_id(devices),
    flowfolders = build.by_id { { id = ids.folder, name = "Evening", parent = null } },
    flows = flows(),
    advancedflows = advanced_flows(),
    variables = variables(),
    users = build.by_id {
      user(ids.vera, "Vera", "owner", "6e21c9d04b7f8a53e0d1b964", true),
      user(ids.otto, "Otto", "user", "8d40f2b6c1e97a35b0f8d2c6", false),
    },
    geolocation = {
      location = { value = { latitude = 52.37, longitude = 4.9, accuracy = 50 } },
      address = { value = null },
    },
    clock = { timezone = "Europe/Amsterdam" },
    notifications = build.by_id {
      {
        id = "6a03f8e1-d9c5-4b70-8e26-b4f1c7d0a953", ownerUri = "homey:manager:notifications",
        ownerName = "Homey",
        dateCreated = changed, excerpt = "Welcome to **Sunny House**", meta = {},
      },
    },
  }
  for name, list in pairs(require "homey.sim.home.sunny_more"()) do house[name] = list end
  return house
end
