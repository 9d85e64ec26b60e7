-- Sends a message when the washing machine has used no power for three minutes, and again every
-- half hour, three times at most, until it is started again. Its progress survives a restart.

local homey = require "homey"
local tell = require "_tell"

homey.login()

local machine = homey.device("Bathroom/Washing machine")
local washing, idle = 50, 5 -- watts

local state = homey.state("washing")
state.stage = state.stage or "idle" -- "washing", "done"

local function remind()
  while state.reminders < 3 do
    homey.sleep "30 min"
    state.reminders = state.reminders + 1
    tell "The washing is still in the machine."
  end
  state.stage = "idle"
end

local function wash()
  state.stage = "washing"
  homey.wait(machine, "measure_power", { below = idle, held = "3 min" })
  state.stage, state.reminders = "done", 0
  tell "The washing is done."
  remind()
end

local unfinished -- the task that a restart continues

-- "restart": when power comes back, after a pause or for the next wash, the previous call ends.
machine:on("measure_power", { above = washing, mode = "restart" }, function()
  if unfinished then unfinished:cancel() end
  wash()
end)

if state.stage == "washing" or machine:get("measure_power") > washing then
  unfinished = homey.spawn(wash)
elseif state.stage == "done" then
  unfinished = homey.spawn(remind)
end

homey.run()
