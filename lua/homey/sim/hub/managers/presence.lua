--- Presence and sleep of the users.
---@type homey.sim.Handlers
local presence = {}

local function user_of(call)
  local id = call.args.id
  if id == nil or id == "me" then return call:me() end
  return call:list("users")[id]
end

local function reader(member)
  return function(call)
    local user = user_of(call)
    if not user then return call:not_found("User", call.args.id) end
    local value = user[member] == true
    return call:ok(call.context.settings.value_reply == "object" and { value = value } or value)
  end
end

local function writer(member)
  return function(call)
    local user = user_of(call)
    if not user then return call:not_found("User", call.args.id) end
    if type(call.args.value) ~= "boolean" then
      return call:refuse(400, "Missing Parameter: value")
    end
    call.model:update("users", user.id, { [member] = call.args.value })
    return call:ok()
  end
end

presence.getPresent, presence.getAsleep = reader "present", reader "asleep"
presence.setPresent, presence.setAsleep = writer "present", writer "asleep"
presence.setPresentMe, presence.setAsleepMe = writer "present", writer "asleep"

return presence
