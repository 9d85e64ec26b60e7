-- Holds the rockspecs against the tree: every module and every C source is listed, and nothing
-- else; versions agree with homey.h; both say the same but for version and source.
--   lua mk/rockspec-check.lua          exit 1 with what is wrong
--   lua mk/rockspec-check.lua --fix    writes the lists anew: `make rockspec`

local files = dofile "mk/files.lua"

local contents, lines_of = files.contents, files.lines_of

local rockspecs = lines_of "ls rockspec/*.rockspec"
local lua_files = lines_of "find lua -name '*.lua' | LC_ALL=C sort"
local data_files = lines_of "find lua -type f ! -name '*.lua' | LC_ALL=C sort"
local c_files = lines_of "find src/core src/lua -name '*.c' | LC_ALL=C sort"
local system_files = lines_of "find src/system -name '*.c' | LC_ALL=C sort"
local commands = lines_of "ls bin/* 2>/dev/null | LC_ALL=C sort"
local version = contents("src/core/homey.h"):match 'define HOMEY_VERSION "(.-)"'

local function module_name(path)
  return (path:gsub("^lua/", ""):gsub("%.[^.]*$", ""):gsub("/init$", ""):gsub("/", "."))
end

-- The lists as they should stand in a rockspec, from `modules = {` on to the end of `build`.
local function lists()
  local out = { "  modules = {\n    [\"homey.core\"] = {\n      sources = {\n" }
  local function add(format, ...) out[#out + 1] = format:format(...) end
  for _, path in ipairs(c_files) do add("        %q,\n", path) end
  add('      },\n      defines = { "_GNU_SOURCE" },\n')
  add('      libraries = { "curl", "cjson", "wslay", "crypto" },\n')
  for _, kind in ipairs { "inc", "lib" } do
    add("      %sdirs = {", kind)
    if kind == "inc" then add ' "src/core", "src/lua",' end
    for i, name in ipairs { "CURL", "CJSON", "WSLAY", "CRYPTO" } do
      add('%s "$(%s_%sDIR)"', i > 1 and "," or "", name, kind:upper())
    end
    add " },\n"
  end
  add "    },\n"
  add '    ["homey.system"] = {\n      sources = {\n'
  for _, path in ipairs(system_files) do add("        %q,\n", path) end
  add '      },\n      defines = { "_GNU_SOURCE" },\n      incdirs = { "src/lua" },\n    },\n'
  for _, path in ipairs(lua_files) do
    local name = module_name(path)
    add("    %s = %q,\n", name:find "%." and ("[%q]"):format(name) or name, path)
  end
  add "  },\n"
  if #data_files + #commands > 0 then
    add "  install = {\n"
    if #data_files > 0 then
      add "    lua = {\n"
      for _, path in ipairs(data_files) do add("      [%q] = %q,\n", module_name(path), path) end
      add "    },\n"
    end
    if #commands > 0 then
      add "    bin = {\n"
      for _, path in ipairs(commands) do add("      [%q] = %q,\n", path:match "[^/]+$", path) end
      add "    },\n"
    end
    add "  },\n"
  end
  return table.concat(out)
end

local wrong = 0
local function complain(...)
  wrong = wrong + 1
  print(...)
end

local bodies = {}
for _, path in ipairs(rockspecs) do
  local text = contents(path)
  local head, body, tail = text:match "^(.-)(  modules = {\n.-)(}\n*)$"
  if not head then
    complain(path .. ": has no list of modules")
  elseif arg[1] == "--fix" then
    local file = assert(io.open(path, "w"))
    file:write(head, lists(), tail)
    file:close()
  elseif body ~= lists() then
    complain(path
      .. ": its lists are not what is in lua/, src/ and bin/; `make rockspec` writes them")
  end

  -- Plain data: nothing is needed to read it.
  local spec = {}
  local chunk, message
  if setfenv then -- luacheck: ignore
    chunk, message = loadstring(text, "@" .. path) -- luacheck: ignore
    if chunk then setfenv(chunk, spec) end -- luacheck: ignore
  else
    chunk, message = load(text, "@" .. path, "t", spec)
  end
  if not chunk or not pcall(chunk) then
    complain(message or path .. ": is more than data")
  else
    if path ~= ("rockspec/%s-%s.rockspec"):format(spec.package, spec.version) then
      complain(("%s: says it is %s %s")
        :format(path, tostring(spec.package), tostring(spec.version)))
    end
    local released = spec.version:match "^(%d.*)%-%d+$"
    if released then
      bodies.released = bodies.released or released == version
      if spec.source.tag ~= "v" .. released then
        complain(path .. ": source.tag is not v" .. released)
      end
    end
  end
end
if not bodies.released then
  complain("rockspec/: there is none for " .. version .. ", the version in homey.h")
end
if not contents("CHANGELOG.md"):find(version, 1, true) then
  complain("CHANGELOG.md: has no section for " .. version)
end
os.exit(wrong == 0 and 0 or 1)
