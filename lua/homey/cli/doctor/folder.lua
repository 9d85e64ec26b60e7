-- Checks of the state folder: its owner and modes, room on its disk, and the stored login.

local stored = require "homey.cli.stored"
local system = require "homey.system"

local least_room = 65536 -- bytes: a login, its successor and the end of a journal

local function is_open_to_others(mode)
  return mode % 64 ~= 0
end

-- Checks the type, owner and mode of a file or folder. Returns the problem as a sentence.
local function fault_of(path, wanted, mode_text)
  local kind, _, mode, own = system.stat(path)
  if kind ~= wanted then
    return ("%s is not a %s. Move it away, or set HOMEY_STATE_DIR to another folder."):format(path,
      wanted)
  end
  if not own then
    return ("%s belongs to another user. Set HOMEY_STATE_DIR to another folder."):format(path)
  end
  if is_open_to_others(mode) then
    return ("others may use %s, which has mode %03o. Run `chmod %s '%s'`."):format(path, mode,
      mode_text, path)
  end
end

local function fault_of_files(folder)
  local names = {}
  for i, login in ipairs(stored.list(folder)) do names[i] = login.file end
  if system.stat(folder .. "/current") then names[#names + 1] = "current" end
  for _, name in ipairs(names) do
    local fault = fault_of(folder .. "/" .. name, "file", "600")
    if fault then return fault end
  end
end

local function room_fault(folder)
  local room, problem = system.room(folder)
  if not room then
    return ("nothing can be written to %s: %s. Set HOMEY_STATE_DIR to another folder."):format(
      folder, problem)
  end
  if room < least_room then
    return ("the disk of %s is full: a renewed login cannot be saved. Free some space."):format(
      folder)
  end
end

local function check_folder(patient, say)
  local folder = patient.options.state_dir
  if not folder then
    return say("FAIL", "state folder",
      "no folder for it is known. Set HOME or HOMEY_STATE_DIR.", "invalid")
  end
  if not system.stat(folder) then
    return say("ok", "state folder", folder .. " does not exist yet; the first login makes it")
  end
  local fault = fault_of(folder, "folder", "700") or fault_of_files(folder) or room_fault(folder)
  if fault then return say("FAIL", "state folder", fault, "invalid") end
  local room = system.room(folder)
  say("ok", "state folder",
    ("%s is private, and has %d MB of room"):format(folder, math.floor(room / 1e6)))
end

-- ---- the stored login ---------------------------------------------------------------------------

local function until_text(name, seconds)
  if not seconds then return nil end
  local over = seconds < os.time()
  return ("%s %s %s"):format(name, over and "was valid until" or "until",
    os.date("%Y-%m-%d %H:%M", seconds))
end

local kind_texts = {
  account = "an account", key = "an API key of a hub", user = "a local user of a hub",
}

local function session_of(login)
  for _, hub in ipairs(login.hubs) do
    if hub.id == login.hub then return hub.session_expires end
  end
end

local function describe(login)
  local words = { kind_texts[login.kind] }
  words[#words + 1] = until_text("session", session_of(login))
  words[#words + 1] = until_text("access token", login.access_expires)
  if login.kind == "account" then
    words[#words + 1] = login.renews and "can be renewed"
      or "cannot be renewed, so log in again when it has ended"
  end
  return table.concat(words, ", ")
end

local function check_login(patient, say)
  local options, login = patient.options, patient.stored
  if options.token then
    return say("ok", "stored login", "not needed: HOMEY_TOKEN is an API key")
  end
  if patient.damage then return say("FAIL", "stored login", patient.damage, "invalid") end
  if not login and patient.way == "account" then
    return say("ok", "stored login", "none yet: HOMEY_EMAIL and HOMEY_PASSWORD are used")
  end
  if not login and patient.problem then
    return say("skip", "stored login", "not checked, since a variable of homey is invalid.")
  end
  if not login then
    return say("FAIL", "stored login", ("there is none in %s. Run `homey login`."):format(
      options.state_dir or "any folder"), "credentials")
  end
  local is_lasting = login.kind ~= "account" or login.renews
  say(is_lasting and "ok" or "warn", "stored login", describe(login) .. (is_lasting and "" or "."))
end

return {
  { name = "folder", what = "state folder", run = check_folder },
  { name = "stored", what = "stored login", run = check_login },
}
