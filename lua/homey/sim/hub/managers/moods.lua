--- Moods: sets one. Lists and changes are those of any item.
local mood_effect = require "homey.sim.home.mood_effect"

---@type homey.sim.Handlers
local moods = {}

moods.setMood = function(call)
  local mood = call:list("moods")[call.args.id]
  if not mood then return call:not_found("Mood", call.args.id) end
  mood_effect(call.model, mood)
  return call:ok()
end

return moods
