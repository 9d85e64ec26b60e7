-- homey plan, apply, apply --undo: a home made as its tree says, in virtual time on hubs of both
-- versions.
local apply = require "homey.cli.tree.apply"
local command = require "spec.support.command"
local core = require "homey.core"
local differences = require "homey.cli.tree.differences"
local export = require "homey.cli.tree.export"
local failure = require "spec.support.failure"
local logins = require "spec.support.logins"
local new_random = require "homey.sim.home.random"
local plan = require "homey.cli.tree.plan"
local sim = require "homey.sim"
local undo = require "homey.cli.tree.undo"

local quoted = logins.quoted

local function bytes_of(folder)
  local pipe = io.popen(("cd %s && find . -type f | LC_ALL=C sort | xargs -d '\\n' tail -n +1")
    :format(quoted(folder)))
  local out = pipe:read "*a"
  pipe:close()
  return out
end

local home, folder

local function begin(version, given, options)
  options = options or {}
  options.api_version, options.quiet = version, true
  home = sim.home(given, options)
  local place = command.folder()
  folder, home.state_dir = place .. "/tree", place .. "/state"
  home:advance "1 s"
end

local function finish()
  home:close()
  command.tidy()
end

local function path(file) return folder .. "/" .. file end

local function read(file) return (assert(core.decode(command.read(path(file))))) end

local function edit(file, change)
  local value = read(file)
  change(value)
  command.write(path(file), assert(core.encode(value)))
end

local function write(file, value)
  os.execute("mkdir -p " .. quoted(path(file):match "^(.*)/"))
  command.write(path(file), assert(core.encode(value)))
end

local function make(options) return plan.make(home, folder, options or {}) end

-- "change variable Guests: value: 2 -> 3"
local function lines_of(made)
  local lines = {}
  for i, step in ipairs(made.steps) do
    local changes = table.concat(differences.lines(step.changes), "; ")
    lines[i] = ("%s %s %s%s%s"):format(step.action, step.kind.words, step.name,
      changes ~= "" and ": " .. changes or "", step.conflict and " (!)" or "")
  end
  return lines
end

local function run(options)
  options = options or {}
  local made = make(options)
  apply.check(made, options.force)
  apply.run(made, function() end)
  home:advance "1 min" -- names that were read before are read again
  return made
end

local function go_back(force)
  local made = undo.make(home)
  apply.check(made, force)
  apply.run(made, function() end)
  return made
end

-- The tree says what the home has.
local function assert_settled()
  assert.same({}, lines_of(make()))
  local before = bytes_of(folder)
  export.run(home, folder)
  assert.equal(before, bytes_of(folder))
end

-- ---- homes at random ----------------------------------------------------------------------------

local by_hand = { id = "homey:manager:flow:programmatic_trigger", args = {} }

local function any(random, list)
  return #list > 0 and list[random.pick(#list)] or nil
end

local function new_name(random)
  local parts = { "Lamp", "Büro", "客厅", "Зал", "a/b", "..", "Lamp", "x" }
  return any(random, parts) .. " " .. random.pick(6)
end

local function items(kind)
  local list = {}
  for id in pairs(home.model.data[kind] or {}) do list[#list + 1] = id end
  table.sort(list)
  return list
end

local function update(kind, id, changes)
  if id then home.model:update(kind, id, changes) end
end

-- A home where any name may be any other's.
local function shuffle(random)
  for _, kind in ipairs { "zones", "devices", "variables", "flows", "flowfolders", "moods" } do
    for _, id in ipairs(items(kind)) do
      if random.pick(3) == 1 then update(kind, id, { name = new_name(random) }) end
    end
  end
end

local mutations = {
  function(random) update("zones", any(random, items "zones"), { name = new_name(random) }) end,
  function(random)
    update("devices", any(random, items "devices"), {
      name = new_name(random), zone = any(random, items "zones"),
    })
  end,
  function(random)
    local id = any(random, items "variables")
    if id and home.model.data.variables[id].type == "number" then
      update("variables", id, { value = random.pick(100) / 10 })
    end
  end,
  function(random)
    update("flows", any(random, items "flows"), {
      enabled = random.pick(2) == 1, folder = any(random, items "flowfolders"),
      actions = setmetatable({}, core.array),
    })
  end,
  function(random)
    update("advancedflows", any(random, items "advancedflows"), { name = new_name(random) })
  end,
  function(random) update("moods", any(random, items "moods"), { name = new_name(random) }) end,
  function(random)
    home.model:create("flows", {
      id = ("%08d-0000-4000-8000-000000000000"):format(random.pick(99999999)),
      name = new_name(random), trigger = by_hand, enabled = true,
    })
  end,
  function(random)
    home.model:create("variables", {
      id = ("%08d-0000-4000-8000-000000000001"):format(random.pick(99999999)),
      name = new_name(random), type = "number", value = 1,
    })
  end,
}

local function remove(kind, id)
  if id then home.model:delete(kind, id) end
end

local removals = {
  function(random) remove("flows", any(random, items "flows")) end,
  function(random) remove("variables", any(random, items "variables")) end,
  function(random) remove("moods", any(random, items "moods")) end,
  function(random) remove("advancedflows", any(random, items "advancedflows")) end,
}

local function mutate(random, list)
  for _ = 1, 12 do any(random, list)(random) end
end

local function replaced(bytes, map)
  for old, new in pairs(map) do
    bytes = bytes:gsub(old:gsub("%-", "%%-"), (new:gsub("%%", "%%%%")))
  end
  return bytes
end

describe("a home at random", function()
  after_each(finish)

  for seed = 1, 4 do
    for version = 2, 3 do
      local function start()
        begin(version, nil, { seed = seed, devices = seed > 2 and 40 or nil })
        local random = new_random(seed)
        shuffle(random)
        export.run(home, folder)
        return random, bytes_of(folder)
      end

      it(("is made again as it was by its tree: %d, version %d"):format(seed, version), function()
        local random, before = start()
        mutate(random, mutations)
        run { force = true, delete = true }
        assert.equal(before, bytes_of(folder))
        export.run(home, folder .. "-again")
        assert.equal(before, bytes_of(folder .. "-again"))
      end)

      it(("gets back what was removed: %d, version %d"):format(seed, version), function()
        local random, before = start()
        mutate(random, removals)
        mutate(random, mutations)
        local made = run { force = true, delete = true }
        export.run(home, folder .. "-again")
        assert.equal(bytes_of(folder), bytes_of(folder .. "-again"))
        local function sorted(text)
          local list = {}
          for line in text:gmatch "[^\n]+" do list[#list + 1] = line end
          table.sort(list)
          return list
        end
        -- where names are the same, the id is a part of the name of the file
        local short = {}
        for old, new in pairs(made.map) do short[old:sub(1, 8)] = new:sub(1, 8) end
        assert.same(sorted(replaced(replaced(before, made.map), short)), sorted(bytes_of(folder)))
      end)

      it(("is as it was after an undo: %d, version %d"):format(seed, version), function()
        local random = start()
        mutate(random, mutations)
        export.run(home, folder .. "-changed")
        local before = bytes_of(folder .. "-changed")
        run { force = true }
        go_back()
        export.run(home, folder .. "-undone")
        assert.equal(before, bytes_of(folder .. "-undone"))
      end)
    end
  end
end)

-- Sunny House in a new hub: every id is another, and there is nothing but zones, devices and users.
local function moved()
  local house = require "homey.sim.home.sunny_house"()
  for _, kind in ipairs { "flows", "advancedflows", "flowfolders", "variables", "moods" } do
    house[kind] = {}
  end
  local text = assert(core.encode(house)):gsub("4c8e1f7a90b25d36e8f10c47",
    "000000007a90b25d36e8f10c")
  text = text:gsub("(%x%x%x%x%x%x%x%x)(%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x+)", function(a, rest)
    return a:reverse() .. rest
  end)
  return (core.decode(text))
end

for _, versions in ipairs { { 3, 3 }, { 2, 3 } } do
  describe(("a move from a hub of version %d to one of version %d"):format(versions[1],
    versions[2]), function()
    local old

    before_each(function()
      begin(versions[1])
      export.run(home, folder)
      old = folder
      home:close()
    end)
    after_each(finish)

    local function arrive(change)
      local house, state = moved(), folder:gsub("tree$", "new")
      if change then change(house) end
      home = sim.home(house, { api_version = versions[2], quiet = true })
      home.state_dir = state
      home:advance "1 s"
      folder = old
    end

    it("brings all, with the ids of the new home", function()
      arrive()
      local before = bytes_of(folder)
      run { other_home = true }
      for _, flow in ipairs(home:flows()) do assert.same({}, flow:problems()) end
      assert.equal(6, #home:flows())
      assert.equal(5, #home:variables())
      assert.equal(3, #home:moods())
      assert.equal(before, bytes_of(folder)) -- it is the tree of the old home still
      assert.same({}, lines_of(make { other_home = true }))
    end)

    it("finds a device that is in another room", function()
      arrive(function(house)
        for _, device in pairs(house.devices) do
          if device.name == "Boiler" then
            for id, zone in pairs(house.zones) do
              if zone.name == "Garden" then device.zone = id end
            end
          end
        end
      end)
      assert.matches(
        'change device Upstairs/Bathroom/Boiler: zone: "Garden" %-> "Upstairs/Bathroom"',
        table.concat(lines_of(make { other_home = true }), "\n"))
    end)

    it("leaves out what needs a device that is missing, when told to", function()
      arrive(function(house)
        for id, device in pairs(house.devices) do
          if device.name == "Doorbell" then house.devices[id] = nil end
        end
      end)
      local err = failure(run, { other_home = true })
      assert.matches("flow Somebody rings: ", err.message)
      assert.equal(0, #home.sent)
      run { other_home = true, skip_missing = true }
      assert.equal(5, #home:flows())
    end)
  end)
end

for version = 2, 3 do
  describe(("homey plan on a hub of version %d"):format(version), function()
    before_each(function()
      begin(version)
      export.run(home, folder)
      home:forget()
    end)
    after_each(finish)

    it("has nothing to do after an export", function()
      assert.same({}, lines_of(make()))
    end)

    it("sends nothing", function()
      edit("variables/Guests.json", function(value) value.value = 5 end)
      make()
      assert.equal(0, #home.sent)
    end)

    it("shows the members that change", function()
      edit("variables/Guests.json", function(value) value.value = 5 end)
      edit("flows/Evening/Good night.json", function(value)
        value.enabled = false
        value.actions[2].delay = { number = "5", multiplier = 1 }
      end)
      assert.same({
        "change variable Guests: value: 2 -> 5",
        'change flow Evening/Good night: enabled: true -> false; '
          .. 'actions[2].delay: - -> {"multiplier":1,"number":"5"}',
      }, lines_of(make()))
    end)

    it("tells what the home has changed since the export", function()
      home:variable("Guests"):set(7)
      edit("variables/House mode.json", function(value) value.value = "away" end)
      assert.same({
        "change variable Guests: value: 7 -> 2 (!)",
        'change variable House mode: value: "home" -> "away"',
      }, lines_of(make()))
      local err = failure(run)
      assert.equal("invalid", err.kind)
      assert.matches("variable Guests: changed at the home since the export: value", err.message)
      assert.equal("home", home:variable("House mode"):get())
    end)

    it("can leave the values of variables alone", function()
      home:variable("Guests"):set(7)
      assert.same({}, lines_of(make { keep_values = true }))
    end)

    it("keeps what is not in the tree, and removes it only when told to", function()
      os.remove(path "variables/Guests.json")
      home:create_variable { name = "Newer", value = 1 }
      assert.same({ "keep variable Guests", "keep variable Newer" }, lines_of(make()))
      assert.same({ "delete variable Guests", "delete variable Newer (!)" },
        lines_of(make { delete = true }))
    end)

    for what, case in pairs {
      ["invalid JSON"] = { "{", "variables/Guests.json: it is not valid JSON" },
      ["a mistyped member"] = {
        '{"name": "Guests", "vlaue": 1}',
        "there is no member 'vlaue'; did you mean 'value'%?",
      },
      ["a value of another type"] = {
        '{"name": "Guests", "type": "number", "value": "x"}', "`value` must be a number, not 'x'%.",
      },
      ["no name"] = { '{"value": 1}', "it needs a `name`%." },
      ["a list"] = { "[]", "it is not a JSON object" },
    } do
      it(("refuses %s, by the name of the file"):format(what), function()
        command.write(path "variables/Guests.json", case[1])
        local err = failure(make)
        assert.equal("invalid", err.kind)
        assert.matches(case[2], err.message)
      end)
    end

    it("refuses two files with one id", function()
      command.write(path "variables/Zweite.json", command.read(path "variables/Guests.json"))
      assert.matches("Zweite.json: it has the same id as variables/Guests.json",
        failure(make).message)
    end)

    it("refuses zones inside one another", function()
      local hall, kitchen = read "zones/Hall.json", read "zones/Kitchen.json"
      hall.parent, kitchen.parent = kitchen.id, hall.id
      write("zones/Hall.json", hall)
      write("zones/Kitchen.json", kitchen)
      assert.matches("it is inside itself", failure(make).message)
    end)

    it("refuses another type of a variable", function()
      edit("variables/Guests.json", function(value) value.type, value.value = "string", "2" end)
      assert.matches("the hub does not change its `type`", failure(run).message)
    end)

    for what, case in pairs {
      ["a device"] = {
        "homey:device:00000000-0000-4000-8000-000000000000:off", {},
        "device with the id '00000000%-0000%-4000%-8000%-000000000000' is gone",
      },
      ["a variable"] = {
        "homey:manager:notifications:create_notification",
        { text = "[[homey:manager:logic|00000000-0000-4000-8000-000000000000]]" },
        "token 'homey:manager:logic:0+%-0000%-4000%-8000%-0+' is gone",
      },
      ["a mood"] = {
        "homey:manager:moods:set_mood",
        { mood = { id = "00000000-0000-4000-8000-000000000000", name = "Disco" } },
        "there is no mood 'Disco'",
      },
      ["an app"] = { "homey:app:com.none:go", {}, "no such card of the app 'com.none'" },
    } do
      it(("refuses a flow that needs %s that is missing"):format(what), function()
        edit("flows/Evening/Cosy evening.json", function(value)
          value.actions = setmetatable({
            { id = case[1], args = case[2], group = "then" },
          }, core.array)
        end)
        edit("variables/Guests.json", function(value) value.value = 3 end)
        local err = failure(run)
        assert.equal("invalid", err.kind)
        assert.matches("flow Evening/Cosy evening: .*" .. case[3], err.message)
        assert.equal(0, #home.sent)
        run { skip_missing = true }
        assert.equal(3, home:variable("Guests"):get())
      end)
    end

    it("refuses to remove what a flow uses", function()
      os.remove(path "variables/Message.json")
      assert.matches("flow Tell me: it uses the variable that would be deleted",
        failure(run, { delete = true }).message)
    end)

    it("refuses to remove a zone with a device that is in no file", function()
      os.remove(path "zones/Kitchen.json")
      for _, name in ipairs { "Lamp", "Window", "Coffee machine" } do
        os.remove(path(("devices/Kitchen/%s.json"):format(name)))
      end
      os.remove(path "moods/Kitchen/Dinner.json")
      assert.matches("zone Downstairs/Kitchen: the device '.-' is in it",
        failure(run, { delete = true }).message)
    end)

    it("refuses the tree of another home", function()
      command.write(path "home.json",
        (command.read(path "home.json"):gsub("4c8e1f7a90b25d36e8f10c47", "0ther")))
      assert.matches("With %-%-other%-home its things are matched by name", failure(make).message)
      assert.same({}, lines_of(make { other_home = true }))
    end)
  end)

  describe(("homey apply on a hub of version %d"):format(version), function()
    before_each(function()
      begin(version)
      export.run(home, folder)
      home:forget()
    end)
    after_each(finish)

    it("changes what was edited, and nothing else", function()
      edit("variables/Guests.json", function(value) value.value = 5 end)
      edit("devices/Kitchen/Lamp.json", function(value) value.name = "Ceiling light" end)
      edit("flows/Evening/Good night.json", function(value) value.enabled = false end)
      run()
      assert.equal(3, #home.sent)
      assert.equal(5, home:variable("Guests"):get())
      assert.equal("Ceiling light", home:device("Kitchen/Ceiling light").name)
      assert.is_false(home:flow("Good night").enabled)
      assert_settled()
      assert.equal("", command.read(path "devices/Kitchen/Lamp.json"))
    end)

    it("takes the name of a zone where its id stands", function()
      edit("devices/Kitchen/Lamp.json", function(value) value.zone = "Downstairs/Hall" end)
      run()
      assert.equal("Hall", home:device("ff469433-66b3-458d-ad73-14530d8f9b39").zone.name)
      assert_settled()
    end)

    it("creates what has no id, and writes its id into the file", function()
      write("zones/Cellar.json", { name = "Cellar", parent = "Downstairs" })
      write("variables/Wine.json", { name = "Wine", value = 12 })
      write("flow_folders/Cellar.json", { name = "Cellar" })
      write("flows/Cellar/Count.json", {
        name = "Count", folder = "Cellar",
        trigger = { id = "homey:manager:flow:programmatic_trigger" },
        actions = setmetatable({ {
          id = "homey:device:ff469433-66b3-458d-ad73-14530d8f9b39:on", args = {}, group = "then",
        } }, core.array),
      })
      assert.same({ "create zone Downstairs/Cellar", "create folder Cellar",
        "create variable Wine", "create flow Cellar/Count" }, lines_of(make()))
      run()
      assert.equal(12, home:variable("Wine"):get())
      local flow = home:flow "Cellar/Count"
      assert.same({}, flow:problems())
      assert.equal(flow.id, read("flows/Cellar/Count.json").id)
      assert.equal(home:zone("Cellar").parent, home:zone "Downstairs")
      assert_settled()
    end)

    it("puts back what is gone, with what refers to it", function()
      home:variable("Message"):remove { confirm = true }
      home:flow("Tell me"):remove { confirm = true }
      home:flow("Slow sunrise"):remove { confirm = true }
      assert.same({ "create variable Message (!)", "create flow Tell me (!)",
        "create advanced flow Slow sunrise (!)" }, lines_of(make()))
      run { force = true }
      assert.same({}, home:flow("Tell me"):problems())
      assert.same({}, home:flow("Slow sunrise"):problems())
      assert_settled()
    end)

    it("puts back a flow that was broken already, and refuses one that breaks", function()
      local window = home:device("Kitchen/Window").id
      home.model:delete("devices", "ff469433-66b3-458d-ad73-14530d8f9b39")
      home:advance "1 min"
      export.run(home, folder)
      home:flow("Good night"):remove { confirm = true }
      run { force = true }
      assert.equal(1, #home:flow("Evening/Good night"):problems())
      edit("flows/Evening/Cosy evening.json", function(value)
        value.actions = setmetatable({
          { id = ("homey:device:%s:off"):format(window), args = {}, group = "then" },
        }, core.array)
      end)
      home.model:delete("devices", window)
      home:advance "1 min"
      assert.matches("flow Evening/Cosy evening: .* is gone", failure(run).message)
    end)

    it("creates flows that use one another", function()
      local function starter(name, other)
        return {
          id = name == "Ping" and "11111111-1111-4111-8111-111111111111"
            or "22222222-2222-4222-8222-222222222222",
          name = name, trigger = { id = "homey:manager:flow:programmatic_trigger" },
          actions = setmetatable({ {
            id = "homey:manager:flow:start_flow", group = "then",
            args = { flow = { id = other, name = "other" } },
          } }, core.array),
        }
      end
      write("flows/Ping.json", starter("Ping", "22222222-2222-4222-8222-222222222222"))
      write("flows/Pong.json", starter("Pong", "11111111-1111-4111-8111-111111111111"))
      run()
      local ping, pong = home:flow "Ping", home:flow "Pong"
      local flows = home.model.data.flows
      assert.equal(pong.id, flows[ping.id].actions[1].args.flow.id)
      assert.equal(ping.id, flows[pong.id].actions[1].args.flow.id)
      assert.same({ true, true }, { ping.enabled, pong.enabled })
      assert_settled()
    end)

    it("removes what is not in the tree, what is inside first", function()
      write("zones/Cellar.json", { name = "Cellar", parent = "Downstairs" })
      write("zones/Shelf.json", { name = "Shelf", parent = "Cellar" })
      run()
      os.remove(path "zones/Cellar.json")
      os.remove(path "zones/Shelf.json")
      os.remove(path "flows/Sunrise ☀.json")
      run { delete = true }
      assert.is_nil(require "homey.task.try"(home.zone, home, "Cellar"))
      assert.is_nil(require "homey.task.try"(home.flow, home, "Sunrise ☀"))
      assert_settled()
    end)

    it("stops at the first failure, tells what was done, and can go on", function()
      edit("variables/Guests.json", function(value) value.value = 5 end)
      edit("variables/House mode.json", function(value) value.value = "away" end)
      edit("variables/On holiday.json", function(value) value.value = true end)
      local id = home:variable("House mode").id
      local failing = home:fail { path = "/logic/variable/" .. id, kind = "hub", times = 99 }
      local err = failure(run)
      assert.matches("^change the variable House mode failed: ", err.message)
      assert.matches("Done: 1, not done: 2%. It stopped there%. Run `homey apply` again",
        err.message)
      assert.same({ 5, false },
        { home:variable("Guests"):get(), home:variable("On holiday"):get() })
      failing:cancel()
      run()
      assert.is_true(home:variable("On holiday"):get())
      assert_settled()
    end)

    it("sends nothing in a dry run", function()
      home.dry_run = true
      write("variables/Wine.json", { name = "Wine", value = 12 })
      edit("variables/Guests.json", function(value) value.value = 5 end)
      run()
      assert.equal(0, #home.sent)
      assert.is_nil(read("variables/Wine.json").id)
    end)
  end)

  describe(("homey apply --undo on a hub of version %d"):format(version), function()
    local before

    before_each(function()
      begin(version)
      export.run(home, folder)
      export.run(home, folder .. "-before")
      before = bytes_of(folder .. "-before")
    end)
    after_each(finish)

    local function assert_as_before(map)
      export.run(home, folder .. "-after")
      local expected = before
      for old, new in pairs(map or {}) do
        expected = expected:gsub(old:gsub("%-", "%%-"), (new:gsub("%%", "%%%%")))
      end
      local function lines(text)
        local list = {}
        for line in text:gmatch "[^\n]+" do list[#list + 1] = line end
        table.sort(list)
        return table.concat(list, "\n")
      end
      assert.equal(lines(expected), lines(bytes_of(folder .. "-after")))
    end

    it("puts back what was changed, created and removed", function()
      edit("variables/Guests.json", function(value) value.value = 5 end)
      edit("devices/Kitchen/Lamp.json", function(value) value.zone = "Cellar" end)
      write("zones/Cellar.json", { name = "Cellar", parent = "Downstairs" })
      os.remove(path "flows/Tell me.json")
      os.remove(path "variables/Message.json")
      run { delete = true }
      local made = go_back()
      assert_as_before(made.map)
      assert.same({}, home:flow("Tell me"):problems())
      assert.matches("there is nothing to undo", failure(undo.make, home).message)
    end)

    it("goes back step by step", function()
      for value = 5, 6 do
        edit("variables/Guests.json", function(item) item.value = value end)
        run()
      end
      go_back()
      assert.equal(5, home:variable("Guests"):get())
      go_back()
      assert_as_before()
    end)

    it("refuses a damaged history, and names its file", function()
      edit("variables/Guests.json", function(item) item.value = 5 end)
      run()
      local file = ("%s/applied-%s.json"):format(home.state_dir, home.id)
      for _, text in ipairs {
        "{", "[]", '{"homey_applied":1,"applies":5}', '{"homey_applied":1,"applies":[5]}',
        '{"homey_applied":1,"applies":[{"at":1,"folder":"x","known":{},"steps":[5]}]}',
      } do
        command.write(file, text)
        local message = failure(undo.make, home).message
        assert.truthy(message:find(file .. " cannot be read: it was damaged", 1, true), message)
      end
    end)

    it("keeps a limited number of steps", function()
      for value = 11, 24 do
        edit("variables/Guests.json", function(item) item.value = value end)
        run()
      end
      for _ = 1, 10 do go_back() end
      assert.equal(14, home:variable("Guests"):get())
      assert.matches("there is nothing to undo", failure(undo.make, home).message)
    end)

    it("does not overwrite what has changed since, unless told to", function()
      edit("variables/Guests.json", function(item) item.value = 5 end)
      run()
      home:variable("Guests"):set(9)
      assert.matches("variable Guests: changed at the home since: value",
        failure(go_back).message)
      go_back(true)
      assert_as_before()
    end)

    it("undoes what was done before a failure", function()
      edit("variables/Guests.json", function(value) value.value = 5 end)
      edit("variables/House mode.json", function(value) value.value = "away" end)
      local id = home:variable("House mode").id
      local failing = home:fail { path = "/logic/variable/" .. id, kind = "hub", times = 99 }
      failure(run)
      failing:cancel()
      go_back()
      assert_as_before()
    end)
  end)
end
