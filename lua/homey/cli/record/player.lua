-- Player of a recording: replays its events in a home in virtual time, where scripts run.
--
-- Recorded changes of the capabilities that the scripts set are not played: the scripts make those
-- changes. A first run, which plays every event, finds out which capabilities these are.

local sim = require "homey.sim"

local player = {}

---@class homey.cli.Played
---@field home homey.sim.VirtualHome
---@field sent homey.sim.Sent[]  each with `by` and `because`, if known
---@field held_back homey.cli.RecordedEvent[]  recorded changes that were left to the scripts
---@field skipped integer  events of devices and other things that the home does not have

local apply = {}

function apply.device(home, event) home:operate(event.device, event.capability, event.value) end

function apply.variable(home, event)
  home:change("variable", event.variable, { value = event.value })
end

function apply.user(home, event)
  home:change("user", event.user, { present = event.present, asleep = event.asleep })
end

local function key_of(id, capability) return id .. " " .. (capability or "") end

local function play_one(home, event)
  for field, f in pairs(apply) do
    if event[field] then return (pcall(f, home, event)) end
  end
  return false
end

-- Adds to each sent change, from the journal, which script sent it and why.
local function explain(sent, calls)
  local n = 1
  for _, call in ipairs(calls) do
    for i = n, #sent do
      local entry = sent[i]
      if entry.id == call.device and entry.capability == call.capability
        and entry.value == call.value then
        entry.by, entry.because = call.handler and call.handler:match "[^/]*$", call.because
        n = i + 1
        break
      end
    end
  end
end

local function play(recorded, scripts, commanded)
  local home = sim.home(recorded.home, { time = recorded.at, quiet = true })
  local calls = {}
  home.journal:follow(function(entry)
    if entry.kind == "call" then calls[#calls + 1] = entry end
  end)
  for _, script in ipairs(scripts) do home:load(script.path, script.args) end
  local held_back, skipped = {}, 0
  for _, event in ipairs(recorded.events) do
    home:advance(math.max(0, event.at - home:now()))
    if event.device and commanded[key_of(event.device, event.capability)] then
      held_back[#held_back + 1] = event
    elseif not play_one(home, event) then
      skipped = skipped + 1
    end
  end
  home:advance(math.max(0, recorded.ends - home:now()))
  local sent = {}
  for i, entry in ipairs(home.sent) do sent[i] = entry end
  explain(sent, calls)
  return { home = home, sent = sent, held_back = held_back, skipped = skipped }
end

local function commanded_by(sent)
  local set = {}
  for _, entry in ipairs(sent) do
    if entry.id and entry.capability then set[key_of(entry.id, entry.capability)] = true end
  end
  return set
end

--- Play a recording.
---@param recorded {at: number, home: table, events: homey.cli.RecordedEvent[], ends: number}
---@param scripts {path: string, args: table}[]
---@return homey.cli.Played
function player.play(recorded, scripts)
  local first = play(recorded, scripts, {})
  local commanded = commanded_by(first.sent)
  first.home:close()
  return play(recorded, scripts, commanded)
end

return player
