-- Files that short programs and commands load: reading Lua is most of what a short program does, so
-- one that loads more than these lists say is slower than it has to be.
local command = require "spec.support.command"
local logins = require "spec.support.logins"

local quoted = logins.quoted
local unpack = table.unpack or unpack -- luacheck: compat

-- Prints the modules that were loaded, one a line, behind a mark.
local list_modules = [[
  io.write "\nloaded:\n"
  local in_c = { ["homey.core"] = true, ["homey.loader"] = true, ["homey.system"] = true }
  for name in pairs(package.loaded) do
    if name:find "^homey%f[%z.]" and not in_c[name] then print(name) end
  end
]]

local function set_of(names)
  local set = {}
  for name in names:gmatch "%S+" do set[name] = true end
  return set
end

-- What is in the first set only, sorted.
local function missing(of, from)
  local names = {}
  for name in pairs(of) do
    if not from[name] then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

local first_set = [[
  homey homey.error homey.home homey.journal.journal homey.login.login homey.login.options
  homey.model.capability homey.model.directory homey.model.registry homey.model.relative_value
  homey.model.resource_types homey.resource.device homey.resource.read_only homey.script.facade
  homey.task.answers homey.task.fiber homey.task.scheduler homey.task.try homey.util.arguments
  homey.util.call_site homey.util.coroutines homey.util.lazy homey.util.number_text
  homey.util.options homey.util.raise homey.util.text homey.write.pipeline homey.write.write
]]

local by_id = "homey.model.capability_catalog homey.model.standard_capabilities "
local by_name = "homey.model.normalize homey.model.record homey.model.resolve homey.resource.zone "
local on_disk = "homey.journal.entry homey.journal.journal_file homey.state.autosave "
  .. "homey.task.lifecycle "
local index = "homey.index.device_facts homey.index.index homey.index.index_file "
  .. "homey.index.lists homey.index.names"

local rows = {
  { "a first set by id", by_id, "ID", "state_dir = false" },
  { "a first set by name", by_name, "Kitchen/Lamp", "state_dir = false" },
  { "a first set by id, with its journal on disk", by_id .. on_disk, "ID", "" },
  { "a first set by name, with its journal on disk", by_name .. on_disk .. index, "Kitchen/Lamp",
    "" },
}

local commands = {
  { 54, "set", "Kitchen/Lamp", "onoff", "on" }, { 56, "toggle", "Kitchen/Lamp" },
  { 57, "get", "Kitchen/Lamp", "onoff" }, { 65, "devices" }, { 21, "version" }, { 21, "help" },
}

describe("the files that are loaded by", function()
  local env, sim

  setup(function() env, sim = command.at_sim() end)
  teardown(command.leave_sim)
  before_each(function() env.HOMEY_STATE_DIR = command.folder() .. "/state" end)
  after_each(command.tidy)

  -- The modules that a program has loaded at its end, as a set.
  local function loaded_by(program)
    local words = { "env", logins.exits }
    for key, value in pairs(env) do words[#words + 1] = quoted(key .. "=" .. value) end
    local pipe = io.popen(("%s %s -e %s"):format(table.concat(words, " "),
      os.getenv "HOMEY_TEST_LUA", quoted(program .. list_modules)))
    local said = pipe:read "*a"
    pipe:close()
    return set_of(assert(said:match "\nloaded:\n(.*)", said))
  end

  for _, row in ipairs(rows) do
    local what, more, ref, options = row[1], row[2], row[3], row[4]
    it(what .. " are these and no others", function()
      local id = sim:device("Kitchen/Lamp").id
      local loaded = loaded_by(([[
        local homey = require "homey"
        homey.login { %s }
        homey.device(%q):set("onoff", true)
        homey.close()
      ]]):format(options, ref == "ID" and id or ref))
      local listed = set_of(first_set .. more)
      for _, name in ipairs(missing(loaded, listed)) do
        error(("%s loads %s, which it does not need: load that where it is needed, by "
          .. "homey.util.lazy"):format(what, name), 0)
      end
      for _, name in ipairs(missing(listed, loaded)) do
        error(("%s no longer loads %s: take it off the list in this file"):format(what, name), 0)
      end
    end)
  end

  local function loaded_by_command(words)
    local quoted_words = {}
    for i, word in ipairs(words) do quoted_words[i] = ("%q"):format(word) end
    return loaded_by(('assert(require("homey.cli").main { %s } == 0)')
      :format(table.concat(quoted_words, ", ")))
  end

  for _, row in ipairs(commands) do
    local most, words = row[1], { unpack(row, 2) }
    local what = "homey " .. table.concat(words, " ")
    it(("%s are at most %d"):format(what, most), function()
      command.succeed(env, "devices") -- a command finds the index of names
      local names = missing(loaded_by_command(words), {})
      assert(#names <= most, ("%s loads %d Lua files, which is more than %d: load what it does "
        .. "not need by homey.util.lazy. It loads %s"):format(what, #names, most,
        table.concat(names, " ")))
    end)
  end
end)
