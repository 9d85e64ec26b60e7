-- What commands print: on a full disk, into a closed pipe, on a terminal of any size.
local cell = require "homey.cli.cell"
local cli = require "homey.cli"
local command = require "spec.support.command"
local logins = require "spec.support.logins"

local unpack = table.unpack or unpack -- luacheck: compat

-- Arguments with which a command prints something. The help of any other is taken.
local printing = {
  devices = {}, zones = {}, flows = {}, variables = {}, users = {}, moods = {}, apps = {},
  cards = { "dim" }, get = { "Kitchen/Lamp" }, toggle = { "Kitchen/Lamp" },
  variable = { "Guests" }, insights = { "Garden/Weather", "measure_temperature" }, energy = {},
  condition = { "on", "device=Hall/Lamp" }, why = { "Kitchen/Lamp", "onoff" }, journal = {},
  test = { "--list", "examples/automations" }, sim = {}, help = {}, version = {},
  api = { "devices.getDevices" }, operations = { "variable" },
}

describe("the output of homey", function()
  local env, sim

  setup(function()
    env, sim = command.at_sim()
    assert.equal(0, (command.run(env, "set", "Kitchen/Lamp", "onoff", "on")))
  end)
  teardown(command.leave_sim)

  describe("on a full disk", function()
    for _, name in ipairs(cli.names()) do
      it("is an error of " .. name, function()
        local words = printing[name] or { "--help" }
        local code, _, err = command.piped(env, "</dev/null >/dev/full", name, unpack(words))
        assert.equal(1, code, err)
        assert.matches("homey " .. name .. ": cannot write the output: [^\n]+%.\n$", err)
      end)
    end

    it("is an error of what is printed later", function()
      local base = command.folder()
      local words = { "env", logins.exits }
      for key, value in pairs(env) do words[#words + 1] = logins.quoted(key .. "=" .. value) end
      os.execute(("{ %s bin/homey watch --count 1 >/dev/full 2>%s/err; echo $? >%s/code; } &")
        :format(table.concat(words, " "), base, base))
      local is_on = false
      local code = command.until_true("watch ends", function()
        is_on = not is_on
        sim:operate("Hall/Motion", "alarm_motion", is_on)
        return tonumber(command.read(base .. "/code"))
      end)
      assert.equal(1, code)
      assert.matches("^homey watch: cannot write the output: No space left on device%.\n$",
        command.read(base .. "/err"))
    end)
  end)

  describe("into a closed pipe", function()
    for _, name in ipairs(cli.names()) do
      it("ends " .. name .. " without a word", function()
        assert.same({ 141, "" }, {
          command.into_closed_pipe(env, "", name, unpack(printing[name] or { "--help" })),
        })
      end)
    end

    it("ends it in the same way where SIGPIPE is ignored", function()
      for _, words in ipairs { { "devices" }, { "help" } } do
        local code, err = command.into_closed_pipe(env, "trap '' PIPE;", unpack(words))
        assert.same({ 141, "" }, { code, err })
      end
    end)
  end)

  it("fails where the output is closed", function()
    local code, out, err = command.piped(env, ">&-", "devices")
    assert.same({ 1, "" }, { code, out })
    assert.matches("^homey devices: cannot write the output: Bad file descriptor%.\n$", err)
  end)

  describe("on a terminal", function()
    local function lines_of(text)
      local list = {}
      for line in text:gmatch "([^\n]*)\n" do list[#list + 1] = line end
      return list
    end

    local function shown(columns, lines, more, ...)
      local with = { TERM = "xterm", NO_COLOR = "" }
      for _, set in ipairs { env, more } do
        for key, value in pairs(set) do with[key] = value end
      end
      return command.on_screen(with, columns, lines, ...)
    end

    local plain = { NO_COLOR = "1" }

    for _, columns in ipairs { 50, 64, 200 } do
      it("fits " .. columns .. " columns", function()
        local widest = 0
        for _, line in ipairs(lines_of(shown(columns, 500, plain, "devices"))) do
          widest = math.max(widest, cell.width(line))
        end
        assert.is_true(widest <= columns and (columns > 100 or widest == columns), widest)
      end)
    end

    it("shortens a title before what is below it, and no time", function()
      local out = shown(60, 500, plain, "journal")
      assert.matches("^TIME %(Europe/Amste…  WHAT", out)
      assert.matches("\n%d%d%d%d%-%d%d%-%d%d %d%d:%d%d:%d%d  Kitchen", out)
    end)

    it("fits COLUMNS in place of it", function()
      for _, line in ipairs(lines_of(shown(200, 500, { NO_COLOR = "1", COLUMNS = "40" },
        "devices"))) do
        assert.is_true(cell.width(line) <= 40, line)
      end
    end)

    it("aligns names of any script", function()
      local id = sim:device("Kitchen/Lamp").id
      sim:update("devices", id, { name = "台所の💡" })
      local out = shown(120, 500, plain, "devices")
      sim:update("devices", id, { name = "Lamp" })
      local at = cell.width(out:match "^(DEVICE +)CLASS")
      assert.equal(at, cell.width(out:match "\n(Kitchen/台所[^\n]-  +)light"))
    end)

    it("has a quiet colour, unless it is not wanted", function()
      local colored = "\27%[1mDEVICE\27%[0m.*\27%[31mout of reach\27%[0m"
      assert.matches(colored, shown(80, 500, {}, "devices"))
      for _, case in ipairs {
        { plain }, { { TERM = "dumb" } }, { {}, "--color", "never" }, { {}, "--color=never" },
      } do
        local out = shown(80, 500, case[1], "devices", unpack(case, 2))
        assert.is_nil(out:find "\27", out)
      end
      assert.matches(colored, shown(80, 500, plain, "devices", "--color", "always"))
    end)

    it("has no colour in a pipe, unless it is wanted", function()
      assert.is_nil(command.succeed(env, "devices"):find "\27")
      assert.matches("\27%[31mout of reach\27%[0m",
        command.succeed(env, "devices", "--color=always"))
    end)

    it("is shown by PAGER where it is longer than the screen", function()
      local pager = { NO_COLOR = "1", PAGER = "sed 's/^/paged: /'" }
      assert.matches("^paged: DEVICE", shown(80, 10, pager, "devices"))
      assert.matches("^paged: usage", shown(80, 10, pager, "help"))
      for _, case in ipairs {
        { 500, pager }, { 10, pager, "--no-pager" }, { 10, pager, "--json" },
        { 10, { NO_COLOR = "1", PAGER = "" } }, { 10, { NO_COLOR = "1", PAGER = "cat" } },
        { 10, { NO_COLOR = "1", PAGER = "/nothing/here 2>/dev/null" } },
      } do
        local out = shown(80, case[1], case[2], "devices", unpack(case, 3))
        assert.is_nil(out:find("paged", 1, true), out)
        assert.matches("Kitchen/Lamp", out)
      end
    end)

    it("may be left early in the pager", function()
      local pager = { NO_COLOR = "1", PAGER = "cut -d' ' -f1 | head -1" }
      assert.equal("DEVICE\n", shown(80, 10, pager, "devices"))
    end)
  end)
end)
