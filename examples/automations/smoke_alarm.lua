-- Smoke: says so at once, to everybody after two minutes, with the siren after five. Pressing the
-- doorbell, or `my.acknowledge` from another script or a phone, acknowledges it; then only the end
-- of the alarm is reported. An alarm that began before this started counts, too.

local homey = require "homey"

homey.login()

local smoke, siren = homey.device("Upstairs/Smoke detector"), homey.device("Hall/Siren")
local alarm -- the task of the running alarm

local function tell_everybody(message)
  for _, user in ipairs(homey.users()) do
    local _, err = homey.try(homey.push, user, message)
    if err then homey.log("warning", err) end
  end
end

local function raise_alarm()
  homey.notify "Smoke upstairs!"
  homey.sleep "2 min"
  tell_everybody "Smoke upstairs, and nobody has acknowledged it."
  homey.sleep "3 min"
  siren:set("onoff", true, { within = "10 min" })
end

local function stop(message)
  if not alarm then return end
  alarm:cancel()
  alarm = nil
  siren:set("onoff", false, { only_if_changed = true, within = "10 min" })
  homey.notify(message)
end

local function start()
  if not alarm then alarm = homey.spawn(raise_alarm) end
end

smoke:on("alarm_smoke", { to = true }, start)
smoke:on("alarm_smoke", { to = false }, function() stop "The smoke has cleared." end)
homey.device("Hall/Doorbell"):on("button", function() stop "The smoke alarm is acknowledged." end)
homey.on("my.acknowledge", function() stop "The smoke alarm is acknowledged." end)
if smoke:get("alarm_smoke") then start() end

homey.run()
