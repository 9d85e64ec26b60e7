-- The status of an answer: a failed login step says nothing about the device, flow or user.
local fake = require "spec.support.fake_core_loop"
local homey = require "homey"
local house = require "spec.support.house"
local logins = require "spec.support.logins"
local new_error = require "homey.error"
local support = require "spec.support.sim"
local answer_status = require "homey.util.answer_status"

local failure, try = logins.failure, homey.try

describe("the status of the hub's answer", function()
  it("is that of the call itself", function()
    assert.equal(404, answer_status(new_error("not_found", "no.", { status = 404 })))
  end)

  for what, value in pairs {
    ["a step of the login"] = new_error("offline", "no.", { status = 404, step = "address" }),
    ["what has no status"] = new_error("offline", "no."), ["an error of Lua's own"] = "oops",
    ["no error"] = false,
  } do
    it("is not in " .. what, function() assert.is_nil(answer_status(value)) end)
  end
end)

describe("a login that fails", function()
  local sim, device, user, variable, flow

  setup(function()
    sim = support.start()
    device, user = sim:device("Kitchen/Lamp").id, next(sim:get "home.users")
    variable, flow = next(sim:get "home.variables"), next(sim:get "home.flows")
  end)
  teardown(support.stop)
  before_each(function() logins.reset(sim) end)
  after_each(logins.tidy)

  -- A folder with a login whose tokens have expired, so that the next call begins with a refresh.
  local function outdated()
    local folder = logins.folder()
    logins.home(logins.options(sim.options, { state_dir = folder })):login():close()
    logins.edit(folder, function(kept)
      kept.sessions, kept.access_issued_at, kept.access_expires_at = nil, 1, 2
    end)
    return folder
  end

  local calls = {
    ["any other call"] = function(home) home:get "/api/manager/system/name" end,
    ["setting a device"] = function(home) home:device(device):set("onoff", true) end,
    ["setting what must be read first"] = function(home)
      home:device(device):set("dim", 0.3, { only_if_changed = true })
    end,
    ["reading a device"] = function(home) home:device(device):get "onoff" end,
  }

  local function passwords_sent(agent)
    local n = 0
    for _, entry in ipairs(logins.requests(sim, "login")) do
      n = n + (entry.headers["user-agent"] == agent and 1 or 0)
    end
    return n
  end

  -- The results of concurrent calls, each of its own home whose login fails.
  local function outcomes(fault, wanted)
    local homes, said = {}, {}
    for what in pairs(wanted) do
      local folder = fault.route == "refresh" and outdated()
      homes[what] =
        logins.home(logins.options(sim.options, { state_dir = folder, user_agent = what }))
    end
    sim:fault(fault)
    sim:reset_log()
    for what, call in pairs(wanted) do
      homey.spawn(function()
        local _, err = try(call, homes[what])
        said[what] = err
          and { kind = err.kind, step = err.step, status = err.status, message = err.message } or {}
      end)
    end
    homey.run()
    for what in pairs(wanted) do said[what].passwords = passwords_sent(what) end
    return said
  end

  local function same(said)
    for what, each in pairs(said) do assert.same(said["any other call"], each, what) end
  end

  for _, route in ipairs { "ping", "login", "authorise", "token", "user", "delegation", "hub-login",
    "refresh" } do
    for _, status in ipairs { 404, 400, 500 } do
      it(("at %s with %d fails each call without a retry"):format(route, status), function()
        same(outcomes({ route = route, kind = "status", status = status }, calls))
      end)
    end
  end

  local others = {
    ["any other call"] = calls["any other call"],
    ["a flow that is started"] = function(home) home:flow(flow):start() end,
    ["flows that are listed"] = function(home) return home:flows() end,
    ["a variable"] = function(home) return home:variable(variable):get() end,
    ["a user"] = function(home) return home:user(user).present end,
    ["a selection"] = function(home) return home:devices { class = "light" } end,
  }

  it("is not mistaken for a missing resource", function()
    local said = outcomes({ route = "ping", kind = "status", status = 404 }, others)
    assert.same({ "offline", "address" }, { said["a user"].kind, said["a user"].step })
    same(said)
  end)
end)

describe("a login that fails during a call", function()
  local here, core_loop

  before_each(function()
    here = house.new()
    core_loop = here.core_loop
  end)

  local refused = fake.fail("credentials", "the password was refused.", 404, "login")

  it("keeps an earlier answer about a device", function()
    core_loop:on("PUT " .. house.path(house.lamp, "onoff"),
      fake.fail("hub", "The bulb is tired.", 500))
    core_loop:on("GET " .. house.path(house.lamp), refused)
    local lamp = here.home:device(house.lamp)
    local err = failure(lamp.set, lamp, "onoff", true)
    assert.same({ "hub", ("device %s: The bulb is tired."):format(house.lamp) },
      { err.kind, err.message })
  end)

  it("is not an empty list of advanced flows", function()
    for _, list in ipairs { "flow", "flowfolder" } do
      core_loop:on("GET /api/manager/flow/" .. list, {})
    end
    core_loop:on("GET /api/manager/flow/advancedflow", refused)
    assert.equal("credentials", failure(here.home.flows, here.home).kind)
  end)

  it("fails a flow without reading it", function()
    core_loop:on("LOGIN ", { address = "http://127.0.0.1" })
    local row = { id = "f", name = "Good night", enabled = false, triggerable = true }
    for _, list in ipairs { "flowfolder", "advancedflow" } do
      core_loop:on("GET /api/manager/flow/" .. list, {})
    end
    core_loop:on("GET /api/manager/flow/flow", { f = row })
    core_loop:on("PUT /api/manager/flow/flow/f", refused)
    core_loop:on("POST /api/manager/flow/flow/f/trigger", refused)
    local flow = here.home:flow "Good night"
    assert.equal("credentials", failure(flow.enable, flow).kind)
    core_loop:said()
    assert.equal("the password was refused.", failure(flow.start, flow).message)
    assert.same({ "LOGIN ", "POST /api/manager/flow/flow/f/trigger" }, core_loop:said())
  end)
end)
