--- A locale with a decimal comma, whether or not the system has one, and specs that run in it. As busted's --helper it sets
--- that locale.
local comma = {}

local function is_comma(name)
  local before = os.setlocale(nil, "numeric")
  local found = os.setlocale(name, "numeric") ~= nil
  os.setlocale(before, "numeric")
  return found
end

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

-- glibc's own LC_NUMERIC of C.UTF-8 with another decimal point: behind the offsets of its fields no other byte is one.
local function make(folder)
  for _, name in ipairs { "C.utf8", "C.UTF-8" } do
    local file = io.open("/usr/lib/locale/" .. name .. "/LC_NUMERIC", "rb")
    local text = file and file:read "*a"
    if file then file:close() end
    if text then
      assert(os.execute(("mkdir -p '%s/comma'"):format(folder)))
      write(folder .. "/comma/LC_NUMERIC", text:sub(1, 32) .. text:sub(33):gsub("%.", ","))
      return "comma"
    end
  end
  error "there is no locale with a comma, and none can be made"
end

--- Run specs in a process of their own in such a locale, with the Lua that runs this one.
---@param files string[]
---@return string said  what busted says, as TAP
function comma.run(files)
  local folder = os.tmpname()
  os.remove(folder)
  local locale
  for _, name in ipairs { "de_DE.UTF-8", "de_DE.utf8", "nl_NL.UTF-8", "fr_FR.UTF-8" } do
    if not locale and is_comma(name) then locale = name end
  end
  local path = locale and "" or ("LOCPATH='%s' "):format(folder)
  locale = locale or make(folder)
  local pipe = assert(io.popen(("%sHOMEY_TEST_LOCALE=%s '%s' mk/busted.lua -o TAP --helper=spec/support/comma.lua %s 2>&1")
    :format(path, locale, assert(os.getenv "HOMEY_TEST_LUA"), table.concat(files, " "))))
  local said = pipe:read "*a"
  pipe:close()
  os.execute(("rm -rf '%s'"):format(folder))
  return said
end

local wanted = os.getenv "HOMEY_TEST_LOCALE"
if wanted then
  assert(os.setlocale(wanted, "numeric"), "this locale cannot be set")
  assert(rawget(_G, "jit") or ("%.1f"):format(0.5) == "0,5", "this locale has no comma")
end

return comma
