-- Reports sensors that have gone silent, and devices that are out of reach for an hour. Most
-- sensors report at least once in six hours, also when nothing changes.

local homey = require "homey"

homey.login()

local args = homey.args {
  after = { "duration", default = "6 h", min = 60 },
  zone = { "text", default = "Home", doc = "the zone that is watched" },
}

local function report(format, device, ...)
  homey.notify(format:format(tostring(device), ...))
end

for _, id in ipairs { "measure_temperature", "measure_humidity" } do
  homey.devices { zone = args.zone, capability = id }
    :on(id, { silent = args.after }, function(_, device)
      report("%s has sent no %s for %d hours: is its battery empty?", device, id,
        math.floor(args.after / 3600))
    end)
end

homey.devices { zone = args.zone }:on("available", { to = false, held = "1 h" },
  function(_, device) report("%s has been out of reach for an hour.", device) end)
homey.devices { zone = args.zone }:on("available", { to = true, from = false },
  function(_, device) homey.log("info", tostring(device) .. " is back.") end)

homey.run()
