-- homey export, plan, apply as commands: over sockets, through a pipe and a terminal, killed in the
-- middle, and to another home.
local command = require "spec.support.command"
local core = require "homey.core"
local logins = require "spec.support.logins"

local quoted = logins.quoted

local env, sim, folder

local function begin()
  env, sim = command.at_sim()
  folder = command.folder()
  command.succeed(env, "export", folder)
end

local function path(file) return folder .. "/" .. file end

local function edit(file, from, to)
  local text, count = command.read(path(file)):gsub(from, to)
  assert.equal(1, count)
  command.write(path(file), text)
end

local function value_of(name)
  return (command.succeed(env, "variable", name):gsub("\n$", ""))
end

-- Types at a terminal once a prompt is shown. Returns what the terminal shows.
local function typed(prompt, keys, ...)
  local words = {}
  for name, value in pairs(env) do words[#words + 1] = quoted(name .. "=" .. value) end
  for _, word in ipairs { "bin/homey", ... } do words[#words + 1] = quoted(word) end
  local pipe = io.popen(("perl spec/support/terminal.pl %s %s env %s 2>&1"):format(quoted(prompt),
    quoted(keys), table.concat(words, " ")))
  local out = pipe:read("*a"):gsub("\r", "")
  pipe:close()
  return out
end

describe("the commands of a tree", function()
  before_each(begin)
  after_each(command.leave_sim)

  it("have nothing to do with an unchanged home", function()
    local nothing = "Nothing to do: the home is as the tree says.\n"
    assert.equal(nothing, command.succeed(env, "plan", folder))
    assert.equal(nothing, command.succeed(env, "apply", folder))
    assert.equal("[]\n", command.succeed(env, "plan", folder, "--json"))
  end)

  it("show a plan, and its members in JSON", function()
    edit("variables/Guests.json", '"value": 2', '"value": 5')
    assert.equal("change\tvariable\tGuests\tvalue: 2 -> 5\n"
      .. "0 to create, 1 to change, 0 to delete.\n", command.succeed(env, "plan", folder))
    local steps = assert(core.decode(command.succeed(env, "plan", folder, "--json")))
    assert.equal(1, #steps)
    assert.same({ "change", "variable", "Guests", "variables/Guests.json", "value", 2, 5 }, {
      steps[1].action, steps[1].kind, steps[1].name, steps[1].file, steps[1].changes[1].field,
      steps[1].changes[1].from, steps[1].changes[1].to,
    })
    assert.equal("2", value_of "Guests")
  end)

  it("send nothing unasked where nobody can be asked", function()
    edit("variables/Guests.json", '"value": 2', '"value": 5')
    local code, _, err = command.run(env, "apply", folder)
    assert.same({ 2, "homey apply: 1 change would be made: call it with --yes if you mean it.\n" },
      { code, err })
    assert.equal("2", value_of "Guests")
  end)

  it("apply a tree, and undo it", function()
    edit("variables/Guests.json", '"value": 2', '"value": 5')
    assert.matches("\nchanged\tvariable\tGuests\n$",
      command.succeed(env, "apply", folder, "--yes"))
    assert.equal("5", value_of "Guests")
    assert.matches("Nothing has changed", command.succeed(env, "export", folder))
    assert.matches("\nchanged\tvariable\tGuests\n$",
      command.succeed(env, "apply", "--undo", "--yes"))
    assert.equal("2", value_of "Guests")
  end)

  it("say in JSON what came of each step", function()
    edit("variables/Guests.json", '"value": 2', '"value": 5')
    local steps = assert(core.decode(command.succeed(env, "apply", folder, "-y", "--json")))
    assert.same({ "change", "done" }, { steps[1].action, steps[1].outcome })
  end)

  it("ask at a terminal", function()
    edit("variables/Guests.json", '"value": 2', '"value": 5')
    local shown = typed("[y/N]", "n\\r", "apply", folder)
    assert.matches("change  variable Guests\n +value: 2 %-> 5\n", shown)
    assert.matches("Make 1 change of the home 'Sunny House'%? %[y/N%] n\nNothing was sent%.", shown)
    assert.equal("2", value_of "Guests")
    assert.matches("\nchanged\tvariable\tGuests\n", typed("[y/N]", "y\\r", "apply", folder))
    assert.equal("5", value_of "Guests")
  end)

  it("refuse what the home has changed meanwhile, unless forced to", function()
    command.succeed(env, "variable", "Guests", "7")
    assert.matches("1 changed at the home since: apply needs %-%-force",
      command.succeed(env, "plan", folder))
    local code, _, err = command.run(env, "apply", folder, "--yes")
    assert.equal(2, code)
    assert.matches("variable Guests: changed at the home since the export: value", err)
    command.succeed(env, "apply", folder, "--yes", "--force")
    assert.equal("2", value_of "Guests")
  end)

  it("lead no later command to the lamp that had a name before", function()
    local plug = sim:device("Kitchen/Coffee machine").id
    command.succeed(env, "set", "Kitchen/Lamp", "onoff", "on")
    edit("devices/Kitchen/Lamp.json", '"Lamp"', '"Ceiling"')
    edit("devices/Kitchen/Coffee machine.json", '"Coffee machine"', '"Lamp"')
    command.succeed(env, "apply", folder, "--yes")
    sim:reset_log()
    command.succeed(env, "set", "Kitchen/Lamp", "onoff", "on")
    local sent
    for _, entry in ipairs(sim:log()) do
      if entry.method == "PUT" then sent = entry.path end
    end
    assert.equal(("/api/manager/devices/device/%s/capability/onoff"):format(plug), sent)
  end)

  for what, case in pairs {
    ["no folder"] = { { "apply" }, "it takes a folder that `homey export` wrote" },
    ["two tasks at once"] = { { "apply", "x", "--undo" }, "it takes a folder, or %-%-undo" },
    ["a folder that is no tree"] = { { "plan", "docs" }, "docs is not a tree. Create one" },
    ["nothing to undo"] = { { "apply", "--undo", "-y" }, "there is nothing to undo" },
  } do
    it("refuse " .. what, function()
      local code, out, err = command.run(env, (table.unpack or unpack)(case[1])) -- luacheck: compat
      assert.same({ 2, "" }, { code, out })
      assert.matches(case[2], err)
    end)
  end

  -- Killed while the hub has a change and has not answered: `executed` says whether it did it.
  for _, executed in ipairs { true, false } do
    local how = executed and "done" or "not done"

    local function killed_at(file, content)
      edit("variables/Guests.json", '"value": 2', '"value": 5')
      edit("variables/On holiday.json", "false", "true")
      command.write(path(file), content)
      sim:fault {
        kind = "hang", route = "POST /api/manager/logic/variable", executed = executed,
      }
      sim:reset_log()
      local process = command.start(env, "apply", folder, "--yes")
      command.until_true("the change is sent", function()
        for _, entry in ipairs(sim:log()) do
          if entry.method == "POST" and entry.path:find "/logic/variable" then return true end
        end
      end)
      process:signal "KILL"
      process:ended()
      sim:clear()
    end

    it(("go on after they were killed at a change that was %s"):format(how), function()
      killed_at("variables/Holidays.json", '{"name": "Holidays", "value": 1}')
      command.succeed(env, "apply", folder, "--yes")
      assert.same({ "5", "1", "true" },
        { value_of "Guests", value_of "Holidays", value_of "On holiday" })
      local _, count = command.succeed(env, "variables"):gsub("Holidays\t", "")
      assert.equal(1, count)
      assert.matches("Nothing has changed", command.succeed(env, "export", folder))
    end)

    it(("go back after they were killed at a change that was %s"):format(how), function()
      local again = command.folder()
      command.succeed(env, "export", again)
      killed_at("variables/Holidays.json", '{"name": "Holidays", "value": 1}')
      command.succeed(env, "apply", "--undo", "--yes")
      assert.matches("Nothing has changed", command.succeed(env, "export", again))
    end)
  end

  it("wait for no other apply", function()
    edit("variables/Guests.json", '"value": 2', '"value": 5')
    sim:fault { kind = "hang", route = "PUT /api/manager/logic/variable/*" }
    local process = command.start(env, "apply", folder, "--yes")
    command.until_true("the change is sent", function()
      for _, entry in ipairs(sim:log()) do
        if entry.method == "PUT" and entry.path:find "/logic/variable" then return true end
      end
    end)
    local code, _, err = command.run(env, "apply", folder, "--yes")
    assert.equal(5, code)
    assert.matches("another `homey apply` is running", err)
    process:signal "KILL"
    process:ended()
  end)
end)
