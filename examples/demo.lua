-- `make demo`: a simulated cloud and hub, and what a script does with them. Needs no account and no
-- hardware.

local homey = require "homey"
local sim = require "homey.sim"
local system = require "homey.system"

local function say(...) io.stdout:write(string.format(...), "\n") end

local function title(number, text) say("\n%d. %s\n", number, text) end

-- The purpose of each step of the login, by its name in the trace.
local meaning = {
  login = "e-mail and password for a user token",
  authorise = "may this client have a code?",
  consent = "pressing Allow on the consent page",
  token = "the code for an access and a refresh token",
  user = "which Homeys, at which addresses?",
  ping = "is this really that Homey?",
  delegation = "the access token for a delegation token",
  ["hub-login"] = "the delegation token for a bearer of the hub",
  session = "how long does the bearer live?",
}

local function trace(line)
  local request, step = line:match("^(.-) %->") or line, line:match("step ([%w-]+)")
  request = request:gsub("https?://%d[^/]*", "hub: "):gsub("hub: /api/manager", "hub: ")
    :gsub("https://", ""):gsub("?%*+$", "")
  say("   %-12s %s", step or "", request)
  if meaning[step] then say("   %-12s   %s", "", meaning[step]) end
end

local home = sim.start { mode = "consent" }
local state_dir = os.tmpname()
os.remove(state_dir)

local options = { trace = trace, state_dir = state_dir }
for name, value in pairs(home.options) do options[name] = value end

title(1, "Log in with e-mail address and password: all steps, over TLS, once")
local house = homey.login(options)
say("\n   Logged in to \"%s\".", house.name)

title(2, "List the lights")
for _, device in ipairs(homey.devices { class = "light" }) do
  local onoff = device.capabilities.onoff
  say("   %-28s %s", tostring(device),
    not device.available and "unavailable" or onoff.value and "on" or "off")
end

title(3, "Switch a lamp on: homey.device(\"Kitchen/Lamp\"):set{ onoff = true, dim = 0.4 }")
homey.device("Kitchen/Lamp"):set { onoff = true, dim = 0.4 }
local lamp = home:device("Kitchen/Lamp").capabilitiesObj
say("\n   The hub says: onoff is %s, dim is %s.", tostring(lamp.onoff.value),
  tostring(lamp.dim.value))

title(4, "A wrong value is refused before anything is sent")
local _, err = homey.try(function() homey.device("Kitchen/Lamp"):set("dim", "high") end)
say("   %s", tostring(err))

title(5, "The session expires: the next call renews it")
home:expire "bearer"
homey.device("Kitchen/Lamp"):set("onoff", false)
say("\n   The lamp is off.")

title(6, "An automation: motion in the hall switches the lamp there on")
homey.device("Hall/Lamp"):set("onoff", false)
homey.device("Hall/Motion"):on("alarm_motion", { to = true }, function()
  homey.device("Hall/Lamp"):set("onoff", true)
  homey.stop()
end)
home:operate("Hall/Motion", "alarm_motion", true)
homey.run()
say("\n   %s", (homey.why("Hall/Lamp", "onoff")))

title(7,
  "A later login: homey.login() uses the stored one, without a password")
house:close()
options.password = nil
homey.login(options)
say("   Kitchen/Lamp, onoff: %s", tostring(homey.device("Kitchen/Lamp"):get("onoff")))
homey.logout()
home:stop()
os.execute("rm -rf '" .. state_dir .. "'")

say([[

Where to go next:
   a simulated home to play with   eval "$(make -s env)" && homey sim
   the same in virtual time        homey sim --virtual examples/demo/hall_light.lua
   your own home                   homey login, then homey devices
   automations with tests          examples/automations, and homey run
   everything else                 README.md and docs/]])

-- On a terminal the demo goes on until Ctrl-C, with a page. A pipe would wait for that forever.
if system.isatty(0) and system.isatty(1) then
  title(8, "Look at a home: click on Motion in the hall, and its lamp turns bright")
  say("   It runs examples/demo/hall_light.lua. Ctrl-C ends the demo.\n")
  os.exit(require("homey.cli").main { "sim", "--virtual", "examples/demo/hall_light.lua" })
end
