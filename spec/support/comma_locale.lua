--- Locale with a decimal comma, made where the system has none, and specs that run in it. As
--- --helper of busted it sets the locale.
local comma_locale = {}

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

-- LC_NUMERIC of glibc's C.UTF-8 with another decimal point. After the offsets of its fields, the
-- point is the only byte of that value.
local function make_locale(folder)
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
  error "there is no locale with a comma, and it cannot be made"
end

--- Run specs in such a locale, in a process of their own.
---@param files string[]
---@return string output  of busted, as TAP
function comma_locale.run(files)
  local folder = os.tmpname()
  os.remove(folder)
  local locale
  for _, name in ipairs { "de_DE.UTF-8", "de_DE.utf8", "nl_NL.UTF-8", "fr_FR.UTF-8" } do
    if not locale and is_comma(name) then locale = name end
  end
  local path = locale and "" or ("LOCPATH='%s' "):format(folder)
  locale = locale or make_locale(folder)
  local command = "%sHOMEY_TEST_LOCALE=%s '%s' mk/busted.lua -o TAP "
    .. "--helper=spec/support/comma_locale.lua %s 2>&1"
  local pipe = assert(io.popen(command:format(path, locale, assert(os.getenv "HOMEY_TEST_LUA"),
    table.concat(files, " "))))
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

return comma_locale
