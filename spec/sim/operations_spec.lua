-- What the simulated hub does with single operations, in virtual time; that all are answered is in
-- all_operations_spec.lua.
-- Runs hardly any C code: not under Valgrind.
local sim = require "homey.sim"

local home, homey

local function open(changes)
  home = sim.home(nil, changes)
  homey = home.homey
end

before_each(function() open() end)

local function card(kind, uri, id) return ("/api/manager/flow/flowcard%s/%s/%s"):format(kind, uri,
  id) end

local function run(kind, full_id, args)
  local uri = full_id:match "^[^:]*:[^:]*:[^:]*"
  return homey.post(card(kind, uri, full_id) .. "/run", { args = args })
end

local lamp = "ff469433-66b3-458d-ad73-14530d8f9b39"
local vera = "4fa1d8c6-0e92-4b37-a5c0-d7e6b3f92848"
local notify = "homey:manager:notifications:create_notification"

local function refusal(f, ...)
  local ok, err = homey.try(f, ...)
  assert.is_nil(ok)
  return err.message
end

local function size(list)
  local n = 0
  for _ in pairs(list) do n = n + 1 end
  return n
end

describe("a flow card in a simulated hub", function()
  it("of a device comes from its capabilities", function()
    local ids = {}
    for _, each in ipairs(homey.get "/api/manager/flow/flowcardaction") do ids[each.id] = each end
    local dim = ids["homey:device:" .. lamp .. ":dim"]
    assert.same({ "Lamp", "dim", 0, 1 },
      { dim.ownerName, dim.args[1].name, dim.args[1].min, dim.args[1].max })
    assert.truthy(ids["homey:device:" .. lamp .. ":toggle"])
  end)

  it("changes its device when it is run", function()
    run("action", "homey:device:" .. lamp .. ":dim", { dim = 0.25 })
    run("action", "homey:device:" .. lamp .. ":on")
    local device = home:device "Kitchen/Lamp"
    assert.same({ 0.25, true }, { device:get "dim", device:get "onoff" })
  end)

  it("tells in its answer that the device failed", function()
    home:change("device", "Kitchen/Lamp", { available = false })
    local reply = run("action", "homey:device:" .. lamp .. ":on")
    assert.match("Device Unavailable", reply.error.message)
  end)

  it("creates a notification, which is an event too", function()
    local heard = {}
    home:on("notification.create", function(item) heard[#heard + 1] = item.name end)
    home:settle()
    assert.same({}, run("action", notify, { text = "Hello" }).returnTokens)
    local found
    for _, each in pairs(homey.get "/api/manager/notifications/notification") do
      found = found or each.excerpt == "Hello"
    end
    assert.is_true(found)
    home:settle()
    assert.same({ "Hello" }, heard)
  end)

  it("refuses arguments that are missing or wrong", function()
    assert.match("Missing Argument: text", refusal(run, "action", notify, {}), 1, true)
    assert.match("dim must be at most 1",
      refusal(run, "action", "homey:device:" .. lamp .. ":dim", { dim = 7 }), 1, true)
  end)

  it("decides conditions by the state of the home", function()
    assert.is_false(run("condition", "homey:device:" .. lamp .. ":on").result)
    home:operate("Kitchen/Lamp", "onoff", true)
    assert.is_true(run("condition", "homey:device:" .. lamp .. ":on").result)
    local present = "homey:manager:presence:user_present"
    assert.is_true(run("condition", present, { user = { id = vera } }).result)
  end)

  it("offers choices by their names", function()
    local path = card("action", "homey:manager:mobile", "homey:manager:mobile:push_text")
    local choices = homey.get(path .. "/autocomplete?name=user&query=ver")
    assert.same({ { id = vera, name = "Vera" } }, choices)
  end)

  it("of an app offers its own choices, and changes nothing", function()
    local uri = "homey:app:com.athom.homeyscript"
    local path = card("action", uri, uri .. ":run")
    local hello = { id = "hello", name = "hello" }
    assert.same({ hello }, homey.get(path .. "/autocomplete?name=script&query=HEL"))
    assert.is_nil(homey.get(path).args[1].choices)
    assert.same({}, run("action", uri .. ":run", { script = hello }).returnTokens)
    assert.match("script must be a choice", refusal(run, "action", uri .. ":run", { script = "a" }),
      1, true)
  end)

  it("of the home's own data is decided by its result", function()
    local warm = "homey:app:com.example.pool:warm"
    home.model.data.flowcardconditions = { [warm] = { id = warm, result = true } }
    assert.is_true(run("condition", warm).result)
  end)

  it("has a short id and a uri in version 2", function()
    open { api_version = 2 }
    local found = homey.get(card("action", "homey:manager:notifications", "create_notification"))
    assert.same({ "homey:manager:notifications", "create_notification" }, { found.uri, found.id })
    homey.post(card("action", found.uri, found.id) .. "/run", { args = { text = "Hi" } })
    assert.equal(2, size(homey.get "/api/manager/notifications/notification"))
  end)
end)

describe("a mood in a simulated hub", function()
  for version = 2, 3 do
    it(("of version %d sets its devices"):format(version), function()
      open { api_version = version }
      for id, mood in pairs(homey.get "/api/manager/moods/mood") do
        if mood.name == "Dinner" then homey.post("/api/manager/moods/mood/" .. id .. "/set") end
      end
      local device = home:device "Kitchen/Lamp"
      assert.same({ true, 0.4 }, { device:get "onoff", device:get "dim" })
    end)
  end

  it("is created and deleted", function()
    local mood = homey.post("/api/manager/moods/mood", { name = "Film", devices = {} })
    assert.equal("Film", homey.get("/api/manager/moods/mood/" .. mood.id).name)
    homey.delete("/api/manager/moods/mood/" .. mood.id)
    assert.equal(404, select(2, homey.try(homey.get, "/api/manager/moods/mood/" .. mood.id)).status)
  end)
end)

describe("presence in a simulated hub", function()
  it("is read and set, for the caller too", function()
    homey.put("/api/manager/presence/me/present", { value = false })
    assert.is_false(homey.get("/api/manager/presence/" .. vera .. "/present"))
    homey.put("/api/manager/presence/" .. vera .. "/asleep", { value = true })
    assert.is_true(homey.get "/api/manager/presence/me/asleep")
    assert.same({ false, true }, { home:user("Vera").present, home:user("Vera").asleep })
  end)
end)

describe("an operation of a simulated hub", function()
  it("refuses a missing parameter by its name", function()
    assert.match("Missing Parameter: value", refusal(homey.put,
      "/api/manager/devices/device/" .. lamp .. "/capability/onoff", {}), 1, true)
  end)

  it("refuses a value of another type", function()
    assert.match("Invalid Type: name must be string, not number",
      refusal(homey.put, "/api/manager/system/name", { name = 5 }), 1, true)
  end)

  it("refuses and complains of an unknown parameter", function()
    assert.match("Unknown Parameter: nme of setSystemName",
      refusal(homey.put, "/api/manager/system/name", { name = "A", nme = "B" }), 1, true)
    assert.match("Unknown Parameter", home.context.complaints[1].text)
  end)

  it("exists only in the versions that have it", function()
    local path = "/api/manager/users/pat"
    assert.same({}, homey.get "/api/manager/users/pat")
    open { api_version = 2 }
    assert.equal(404, select(2, homey.try(homey.get, path)).status)
  end)
end)

describe("home:answer", function()
  local path = "/api/manager/energy/live"

  it("sets the answer to a path", function()
    local set = home:answer { path = path, reply = { items = {} } }
    assert.same({ items = {} }, homey.get(path))
    set:cancel()
    assert.not_same({ items = {} }, homey.try(homey.get, path))
  end)

  it("sets it for a method, a status and a number of times", function()
    home:answer { path = "/api/manager/system/name", method = "PUT", status = 500, times = 1,
      reply = { error_description = "no disk" } }
    assert.equal("Sunny House", homey.get "/api/manager/system/name")
    assert.match("no disk", refusal(homey.put, "/api/manager/system/name", { name = "A" }))
    homey.put("/api/manager/system/name", { name = "A" })
    assert.equal("A", homey.get "/api/manager/system/name")
  end)

  it("answers paths that no hub has, and computes answers", function()
    home:answer { path = "/api/app/com.example.made", reply = function(request)
      return { request.method, request.body.n + 1 }, 201
    end }
    assert.same({ "POST", 3 }, homey.post("/api/app/com.example.made", { n = 2 }))
  end)

  it("refuses what makes no answer", function()
    for given, message in pairs {
      [{ reply = 1 }] = "answer needs a `path`",
      [{ path = "energy" }] = "`path` begins with a slash",
      [{ path = path, reply = { print } }] = "only values that JSON has",
      [{ path = path, staus = 1 }] = "staus",
    } do
      local ok, err = pcall(home.answer, home, given)
      assert.is_false(ok)
      assert.match(message, tostring(err), 1, true)
    end
  end)
end)
