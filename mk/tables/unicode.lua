-- Writes lua/homey/util/text/unicode.lua from the Unicode Character Database, as Debian's package
-- unicode-data or Fedora's unicode-ucd have it. Run it in the root of the repository, with any Lua.
--   unicode.lua [--check]   --check: only compare the file with what would be written; exit 1
--                           when they differ

local folder = "/usr/share/unicode/"
if io.open(folder .. "ucd/UnicodeData.txt") then folder = folder .. "ucd/" end
local output = "lua/homey/util/text/unicode.lua"

local function lines_of(name)
  local file = assert(io.open(folder .. name),
    folder .. name .. " is missing: install the package unicode-data")
  local text = file:read "*a"
  file:close()
  return text:gmatch "[^\n]+"
end

local function number(hex) return tonumber(hex, 16) end

-- ---- what the database says ---------------------------------------------------------------------

local decompositions, classes = {}, {} -- code point to list of them; code point to combining class
for line in lines_of "UnicodeData.txt" do
  local code, class, decomposition = line:match "^(%x+);[^;]*;[^;]*;(%d+);[^;]*;([^;]*);"
  code = number(code)
  if class ~= "0" then classes[code] = tonumber(class) end
  if decomposition ~= "" and not decomposition:find "<" then
    local list = {}
    for each in decomposition:gmatch "%x+" do list[#list + 1] = number(each) end
    decompositions[code] = list
  end
end

local excluded = {}
for line in lines_of "CompositionExclusions.txt" do
  local code = line:match "^(%x+)"
  if code then excluded[#excluded + 1] = number(code) end
end

local folds, version = {}, nil -- of what does not decompose: letters are folded after that
for line in lines_of "CaseFolding.txt" do
  version = version or line:match "^# CaseFolding%-([%d.]+)%.txt"
  local code, to = line:match "^(%x+); [CS]; (%x+);"
  if code and not decompositions[number(code)] then
    folds[number(code)] = number(to)
    assert(not decompositions[number(to)], "a folded letter decomposes: " .. code)
  end
end

-- ---- written compactly, in hexadecimal ----------------------------------------------------------

local function sorted(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

-- "C0:41.300,41.301,": from C0 on one after the other.
local function decomposition_runs()
  local runs, run, last = {}, nil, nil
  for _, code in ipairs(sorted(decompositions)) do
    if code ~= (last or -1) + 1 then
      run = {}
      runs[#runs + 1] = { first = code, list = run }
    end
    local parts = decompositions[code]
    run[#run + 1] = #parts == 1 and ("%X"):format(parts[1]) or ("%X.%X"):format(parts[1], parts[2])
    last = code
  end
  for i, each in ipairs(runs) do
    runs[i] = ("%X:%s,"):format(each.first, table.concat(each.list, ","))
  end
  return runs
end

local function range(first, last)
  return first == last and ("%X"):format(first) or ("%X:%X"):format(first, last)
end

-- "300:314.E6": FIRST:LAST.CLASS
local function class_runs()
  local runs = {}
  for _, code in ipairs(sorted(classes)) do
    local run = runs[#runs]
    if run and run.last + 1 == code and run.class == classes[code] then
      run.last = code
    else
      runs[#runs + 1] = { first = code, last = code, class = classes[code] }
    end
  end
  for i, run in ipairs(runs) do
    runs[i] = range(run.first, run.last) .. (".%X"):format(run.class)
  end
  return runs
end

-- "100:12E/+1": FIRST:LAST and what is added; / for every other one only
local function fold_runs()
  local runs = {}
  for _, code in ipairs(sorted(folds)) do
    local run, shift = runs[#runs], folds[code] - code
    local step = run and code - run.last
    if run and run.shift == shift and step <= 2 and (run.step or step) == step then
      run.last, run.step = code, step
    else
      runs[#runs + 1] = { first = code, last = code, shift = shift }
    end
  end
  for i, run in ipairs(runs) do
    runs[i] = ("%s%s%s%X")
      :format(range(run.first, run.last), run.step == 2 and "/" or "", run.shift < 0 and "-" or "+",
      math.abs(run.shift))
  end
  return runs
end

local function hexadecimal(list)
  local words = {}
  for i, code in ipairs(list) do words[i] = ("%X"):format(code) end
  return words
end

-- Lines of at most 120 columns, where a word does not take more.
local function paragraph(words)
  local lines, line = {}, ""
  for _, word in ipairs(words) do
    if line ~= "" and #line + #word >= 120 then
      lines[#lines + 1] = line
      line = ""
    end
    line = line == "" and word or line .. " " .. word
  end
  lines[#lines + 1] = line
  return table.concat(lines, "\n")
end

local text = table.concat({
  "-- Made by mk/tables/unicode.lua from the Unicode Character Database: `make unicode`.",
  "-- case_fold.lua reads it. Code points are hexadecimal.",
  "-- luacheck: no max line length",
  "",
  ("return { version = %q,"):format(version),
  "",
  "-- Canonical decompositions, FIRST:OF_FIRST,OF_NEXT,..., in the order of the code points",
  "decompositions = [[\n" .. paragraph(decomposition_runs()) .. "\n]],",
  "",
  "-- What decomposes into two and is not composed again.",
  "excluded = [[\n" .. paragraph(hexadecimal(excluded)) .. "\n]],",
  "",
  "-- Combining classes, FIRST:LAST.CLASS",
  "classes = [[\n" .. paragraph(class_runs()) .. "\n]],",
  "",
  "-- Simple case folding of what does not decompose, FIRST:LAST and what is added; / for every",
  "-- second one only",
  "folds = [[\n" .. paragraph(fold_runs()) .. "\n]] }",
  "",
}, "\n")

if arg[1] == "--check" then
  local file = io.open(output)
  local found = file and file:read "*a" or ""
  if file then file:close() end
  if found == text then os.exit(0) end
  if found:match 'version = "([^"]*)"' ~= version then
    print(output .. " is of another version than this system's " .. folder .. ", " .. version
      .. ": not compared")
    os.exit(0)
  end
  print(output .. " is not what mk/tables/unicode.lua writes: run `make unicode`")
  os.exit(1)
end
local file = assert(io.open(output, "w"))
file:write(text)
file:close()
