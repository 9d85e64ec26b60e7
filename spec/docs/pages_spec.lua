-- Pages in docs/: runs their blocks. A block that begins with the name of a file is that file;
-- `homey test` runs those that are tests. A block that makes a simulated home is a program. A block
-- that calls homey.new runs against the simulated server, and so does C. Any other block is an
-- automation, which runs for a day in virtual time. A block must print the texts after its -->.
-- Each path and link in a page must exist.
local page = require "spec.support.page"
local support = require "spec.support.sim"

local lua = os.getenv "HOMEY_TEST_LUA"

local function pages()
  local list, paths = io.popen "ls README.md CONTRIBUTING.md docs/*.md", {}
  for path in list:lines() do paths[#paths + 1] = path end
  list:close()
  return paths
end

local server

-- The environment in which homey.login() reaches the simulated server.
local function environment(folder)
  server = server or support.start { email = "me@example.com", password = "secret" }
  local env = { HOMEY_STATE_DIR = folder .. "/state" }
  for name, value in pairs(server.env) do env[name] = value end
  return env
end

local function run_block(folder, block)
  local served = block:find("homey.new()", 1, true)
  local is_program = served or block:find("homey.sim", 1, true)
  if not is_program then return page.automate(folder, block) end
  page.write(folder .. "/block.lua", block)
  return page.run(folder, lua .. " block.lua", served and environment(folder) or nil)
end

local function working_folder()
  local pipe = io.popen "pwd"
  local path = pipe:read "*l"
  pipe:close()
  return path
end

-- The program is linked to the library that make has built. With a library under AddressSanitizer
-- it has the sanitizer, too: else the locks of the C library go wrong, and it hangs in exit.
local function run_program(folder, block)
  page.write(folder .. "/block.c", block)
  local here = working_folder()
  local build = os.getenv "HOMEY_TEST_BUILD" or here .. "/build"
  local command = ("cc -std=c11 -Wall -Wextra -Werror %s -I%s/src/core block.c -o block "
    .. "%s/libhomey.so -Wl,-rpath,%s -Wl,--unresolved-symbols=ignore-in-shared-libs")
    :format(os.getenv "ASAN_OPTIONS" and "-fsanitize=address" or "", here, build, build)
  local code, output = page.run(folder, command)
  if code ~= 0 then return code, output end
  return page.run(folder, "./block", environment(folder))
end

local function exists(path)
  local file = io.open(path)
  if file then file:close() end
  return file ~= nil
end

-- The anchor of a heading: in lower case, with hyphens between the words.
local function anchors(path)
  local set = {}
  for heading in ("\n" .. page.read(path)):gmatch "\n#+ ([^\n]+)" do
    set[heading:lower():gsub("[^%w%s_-]", ""):gsub("%s", "-")] = true
  end
  return set
end

local function broken_links(path)
  local text, folder, broken = page.read(path):gsub("```.-```", ""), path:match "^.*/" or "", {}
  for target in text:gmatch "%]%(([^)]+)%)" do
    local file, anchor = target:match "^([^#]*)#?(.*)$"
    if not target:find "^https?:" then
      file = file == "" and path or folder .. file
      local is_whole = exists(file) and (anchor == "" or anchors(file)[anchor])
      if not is_whole then broken[#broken + 1] = target end
    end
  end
  return broken
end

-- Paths in backquotes of a page that begin with a folder of the checkout.
local function missing_paths(path)
  local missing = {}
  for name in page.read(path):gsub("```.-```", ""):gmatch "`([%w_]+/[%w_/.-]+)`" do
    local is_ours = exists(name:match "^[%w_]+")
    if is_ours and not exists((name:gsub("/$", ""))) then missing[#missing + 1] = name end
  end
  return missing
end

for _, path in ipairs(pages()) do
  describe(path, function()
    local folder, blocks, tests = os.tmpname(), 0, 0
    os.remove(folder)

    setup(function() os.execute("mkdir -p " .. folder .. "/spec") end)
    teardown(function()
      support.stop()
      server = nil
      os.execute("rm -rf " .. folder)
    end)

    if path ~= "README.md" then -- readme_spec.lua runs its blocks
      for block in page.blocks(path, "lua") do
        blocks = blocks + 1
        local name = block:match "^%-%- ([%w_/]+%.lua)\n"
        if name and name:find "_test%.lua$" then tests = tests + 1 end
        it(("runs Lua block %d"):format(blocks), function()
          if name then return page.write(folder .. "/" .. name, block) end
          page.check(block, run_block(folder, block))
        end)
      end
    end

    for block in page.blocks(path, "c") do
      it("compiles and runs its C program", function()
        page.check(block, run_program(folder, block))
      end)
    end

    if tests > 0 then
      it("passes its tests", function()
        local main = "os.exit(require([[homey.cli.commands.test]]).main({}))"
        local code, output = page.run(folder, ("%s -e '%s'"):format(lua, main))
        assert.equal(0, code, output)
        assert.match("[1-9]%d* success", output)
      end)
    end

    it("links to pages and headings that exist", function() assert.same({}, broken_links(path)) end)

    it("names files that exist", function() assert.same({}, missing_paths(path)) end)
  end)
end

describe("docs/internals.md", function()
  -- The first cells of the table with this head.
  local function first_cells(head)
    local list = {}
    local pattern = "\n| " .. head .. " |[^\n]*\n[^\n]*\n(.-)\n\n"
    local rows = page.read("docs/internals.md"):match(pattern)
    for cell in ("\n" .. rows):gmatch "\n| `?([^|`]+)`? |" do list[#list + 1] = cell end
    return list
  end

  -- The stages in the header comment of a pipeline.
  local function stages(path, pattern)
    local list = {}
    for name in page.read(path):match("^(.-)\n\n"):gmatch(pattern) do list[#list + 1] = name end
    return list
  end

  -- The names of a list in spec/layers_spec.lua, highest first.
  local function layers(list, prefix, folder)
    local text, names, drawing = page.read "spec/layers_spec.lua", {}, page.read "docs/internals.md"
    for name in text:match("\nlocal " .. list .. " = {\n(.-)\n}"):gmatch '"([%l_/]+)"' do
      local short = name:match("^" .. prefix .. "([%l_]+)$")
      local is_drawn = short and drawing:find("  " .. folder .. short, 1, true)
      if is_drawn then table.insert(names, 1, short) end
    end
    return names
  end

  -- The names in the drawing of the page, from the top.
  local function drawn(folder)
    local names, drawing = {}, page.read("docs/internals.md"):match "\n```\n(.-)\n```"
    for name in ("\n" .. drawing):gmatch("\n  " .. folder .. "([%l_]+)") do
      names[#names + 1] = name
    end
    return names
  end

  it("draws the layers in their order", function()
    local lua_layers = layers("lua_layers", "", "lua/homey/")
    local c_layers = layers("c_layers", "core/", "src/core/")
    assert.is_true(#lua_layers > 12 and #c_layers > 8)
    table.insert(lua_layers, 2, "sim") -- whose folders are layers of their own
    assert.same(lua_layers, drawn "lua/homey/")
    assert.same(c_layers, drawn "src/core/")
  end)

  it("has the stages of a write in order", function()
    local expected = stages("lua/homey/write/pipeline.lua", "\n%-%-   ([%l_]+)  ")
    assert.is_true(#expected > 8)
    assert.same(expected, first_cells "stage of a write")
  end)

  it("has the stages of an event in order", function()
    local expected = stages("lua/homey/realtime/pipeline.lua", "\n%-%-   %d ([%l ]-)  ")
    assert.is_true(#expected > 5)
    assert.same(expected, first_cells "stage of an event")
  end)
end)
