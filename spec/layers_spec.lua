-- Layers of the sources: which folder may use which. Runs none of them: not under Valgrind.
--
-- The order stands here and nowhere else, lowest layer first. An entry is a folder, or a file
-- without its ending, or a list of these that are one layer; the longest name that fits a file
-- decides. A file may use its own layer and those below. A lazy `require` and a module that a
-- table names count like any other.
-- Runs on one Lua: no Lua has a part in it.

local files = dofile "mk/files.lua"

local contents, exists, lines_of = files.contents, files.exist, files.lines_of

local lua_layers = {
  "meta", { "error", "util" }, "task", "time", "state", "net", "model", "index", "journal",
  "realtime", "write", "automation", "api", "manage", "insights", "card", "flow", "resource",
  "home", "login",
  "script", "init", "loop",
  "sim/options", "sim/http", "page", "sim/home", "sim/cloud", "sim/hub/cards",
  "sim/hub/managers", "sim/hub", "sim/virtual", "sim/server", "sim/page",
  "sim/control", "sim/init", "cli",
  "cli/account",
  "cli/doctor",
  "cli/http",
  "cli/completion", "cli/runner", "cli/virtual",
  "cli/tree", "cli/lint",
  "cli/discover",
  "cli/plot",
  "cli/types",
  "cli/record",
  "cli/repl",
  "cli/commands", "cli/init",
}

local c_layers = {
  "core/homey", "core/base", "core/loop", "core/http", "core/store", "core/account",
  "core/address", "core/login", "core/realtime", "core/client",
  "lua/compat", "lua/json", "lua", "loader", "system",
}
local include_folders = { "src/core/", "src/lua/" }

local most_files = 25 -- in one folder: what a screen shows
local counted = { "lua", "src", "spec", "mk", "docs", "bench" }

local function folder_of(path) return path:match "^(.*)/" end

local function add(list, value) list[#list + 1] = value end

-- ---- what a file uses: its path -> list of paths --------------------------------------------

local function path_of(module)
  local base = "lua/" .. module:gsub("%.", "/")
  if exists(base .. ".lua") then return base .. ".lua" end
  if exists(base .. "/init.lua") then return base .. "/init.lua" end
end

-- Code without its comments. No text in the library holds `--` before a quote that it closes.
local function without_comments(text)
  return (text:gsub("%-%-%[%[.-%]%]", ""):gsub("%-%-[^\n]*", ""))
end

local function uses_of_lua(path)
  local code, uses = without_comments(contents(path)), {}
  for before, name, after in code:gmatch "([%w_%.]*[%s%(]*)[\"'](homey[%w_.]*)[\"']()" do
    local folder = name:match "^homey%.[%w_.]*%w%.$" -- "homey." alone begins a function's name
    if folder and code:find("^%s*%.%.", after) then -- any module of that folder
      local command = "ls lua/" .. folder:gsub("%.", "/") .. "*.lua"
      for _, file in ipairs(lines_of(command)) do add(uses, file) end
    elseif name ~= "homey" and not name:find "%.$" or before:find "require"
      or before:find "lazy" then
      add(uses, path_of(name))
    end
  end
  return uses
end

local function normalized(path)
  local count
  path = path:gsub("/%./", "/")
  repeat path, count = path:gsub("[^/]+/%.%./", "", 1) until count == 0
  return path
end

local function uses_of_c(path)
  local uses = {}
  for name in contents(path):gmatch '#%s*include%s*"([^"]+)"' do
    local found
    for _, folder in ipairs { folder_of(path) .. "/", include_folders[1], include_folders[2] } do
      local file = normalized(folder .. name)
      if not found and exists(file) then found = file end
    end
    add(uses, assert(found, path .. " includes what is not in src: " .. name))
  end
  return uses
end

-- ---- what is wrong with it ------------------------------------------------------------------

local function rank_of(path, root, layers)
  local name, best, length = path:sub(#root + 2):gsub("%.%a+$", ""), nil, 0
  for i, layer in ipairs(layers) do
    for _, part in ipairs(type(layer) == "table" and layer or { layer }) do
      local fits = name == part or name:sub(1, #part + 1) == part .. "/"
      if fits and #part > length then best, length = i, #part end
    end
  end
  return best
end

local function upward(graph, root, layers)
  local found = {}
  for path, uses in pairs(graph) do
    for _, used in ipairs(uses) do
      local from, to = rank_of(path, root, layers), rank_of(used, root, layers)
      if from and to and to > from then add(found, path .. " uses " .. used) end
    end
  end
  table.sort(found)
  return found
end

local function sorted_keys(map)
  local keys = {}
  for key in pairs(map) do add(keys, key) end
  table.sort(keys)
  return keys
end

-- One line for each cycle that a walk through the graph finds, `a -> b -> a`.
local function cycles(graph)
  local found, state, way = {}, {}, {}
  local function visit(node)
    state[node] = "open"
    add(way, node)
    for _, used in ipairs(graph[node] or {}) do
      if state[used] == "open" then
        local first = #way
        while way[first] ~= used do first = first - 1 end
        add(found, table.concat(way, " -> ", first) .. " -> " .. used)
      elseif not state[used] then
        visit(used)
      end
    end
    way[#way] = nil
    state[node] = "done"
  end
  for _, node in ipairs(sorted_keys(graph)) do
    if not state[node] then visit(node) end
  end
  return found
end

-- The same graph, of folders. An init.lua stands above the folders in its own, and counts alone.
local function folders(graph)
  local by_folder, seen = {}, {}
  local function node(path) return path:match "^.*/init%.lua$" or folder_of(path) end
  for path, uses in pairs(graph) do
    local from = node(path)
    by_folder[from] = by_folder[from] or {}
    for _, used in ipairs(uses) do
      local to = node(used)
      if to ~= from and not seen[from .. to] then add(by_folder[from], to) end
      seen[from .. to] = true
    end
  end
  return by_folder
end

for _, case in ipairs {
  { name = "lua/homey", find = "-name '*.lua'", layers = lua_layers, uses_of = uses_of_lua },
  { name = "src", find = "-name '*.[ch]'", layers = c_layers, uses_of = uses_of_c },
} do
  describe(case.name, function()
    local graph, count = {}, 0

    setup(function()
      for _, path in ipairs(lines_of(("find %s %s | sort"):format(case.name, case.find))) do
        graph[path] = case.uses_of(path)
        count = count + #graph[path]
      end
      assert.is_true(count > 50)
    end)

    it("has a layer for each file", function()
      local without = {}
      for _, path in ipairs(sorted_keys(graph)) do
        if not rank_of(path, case.name, case.layers) then add(without, path) end
      end
      assert.same({}, without)
    end)

    it("has files in each layer", function()
      local filled = {}
      for path in pairs(graph) do filled[rank_of(path, case.name, case.layers) or 0] = true end
      for i in ipairs(case.layers) do assert.is_true(filled[i], "layer " .. i .. " is empty") end
    end)

    it("uses no layer above a file's own", function()
      assert.same({}, upward(graph, case.name, case.layers))
    end)

    it("has no cycle among its files", function()
      assert.same({}, cycles(graph))
    end)

    it("has no cycle among its folders", function()
      local by_folder = folders(graph)
      by_folder[case.name] = nil -- holds files of several layers, lowest and highest
      assert.same({}, cycles(by_folder))
    end)
  end)
end

describe("a folder", function()
  it("holds about twenty files at most", function()
    local counts, crowded = {}, {}
    local files = lines_of("find " .. table.concat(counted, " ") .. " -type f ! -path '*/corpus/*'")
    for _, path in ipairs(files) do counts[folder_of(path)] = (counts[folder_of(path)] or 0) + 1 end
    for folder, count in pairs(counts) do
      if count > most_files then add(crowded, ("%s: %d"):format(folder, count)) end
    end
    table.sort(crowded)
    assert.same({}, crowded)
  end)
end)

describe("the walk through a graph", function()
  it("finds a cycle of two and of one", function()
    assert.same({ "a -> b -> a", "c -> c" }, cycles { a = { "b" }, b = { "a" }, c = { "b", "c" } })
    assert.same({}, cycles { a = { "b", "c" }, b = { "c" }, c = {} })
  end)

  it("finds what uses a layer above", function()
    local graph = { ["src/core/a.c"] = { "src/lua/b.h" }, ["src/lua/b.c"] = { "src/core/a.h" } }
    assert.same({ "src/core/a.c uses src/lua/b.h" }, upward(graph, "src", { "core", "lua" }))
  end)
end)
