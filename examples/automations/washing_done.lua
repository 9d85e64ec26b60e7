-- The washing machine has taken power and now takes none for three minutes: it is done, and you are
-- told; and again every half an hour, three times at most, until somebody starts it anew. How far
-- it is outlives a restart.

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

local unfinished -- what a restart goes on with

-- "restart": power that comes back, after a pause or with the next wash, ends the waiting for the
-- one before.
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
