local Scope = require "homey.task.scope"
local login_options = require "homey.login.options"
local houses = require "spec.support.house"
local log = require "homey.util.log"
local logins = require "spec.support.logins"
local advance = require "spec.support.advance"

local here, home, core_loop, said

before_each(function()
  here, said = houses.new(), {}
  home, core_loop = here.home, here.core_loop
  home.dry_run = true
  log.to(function(level, text) said[#said + 1] = level .. ": " .. text end)
end)

after_each(function()
  home:close()
  log.to()
end)

local function writes()
  local list = {}
  for _, line in ipairs(core_loop:said()) do
    if not line:find "^GET" then list[#list + 1] = line end
  end
  return list
end

local function lamp() return home:device("Kitchen/Lamp") end

describe("a dry run", function()
  it("is enabled by an option or the environment", function()
    local function dry(options, value)
      local _, completed = login_options.read(options, function(name)
        return name == "HOMEY_DRY_RUN" and value or nil
      end)
      return completed.dry_run
    end
    assert.is_true(dry({ dry_run = true }))
    assert.is_true(dry({}, "1"))
    assert.is_false(dry({}, "0"))
    assert.is_false(dry({}))
    assert.is_false(dry({ dry_run = false }, "1"))
  end)

  for what, write in pairs {
    ["set"] = function() lamp():set("onoff", false) end,
    ["set of several"] = function() lamp():set { onoff = false, dim = 0.2 } end,
    ["selection"] = function() home:devices({ class = "light" }):set("onoff", false) end,
    ["toggle"] = function() lamp():toggle() end,
    ["batch"] = function()
      require("homey.write.batch")(function() lamp():set("onoff", false) end)
    end,
    ["put"] = function()
      home:put("/api/manager/logic/variable/x", { variable = { value = 3 } })
    end,
    ["post"] = function() home:post("/api/manager/flow/flow/x/trigger") end,
    ["delete"] = function() home:delete("/api/manager/flow/flow/x") end,
  } do
    it("sends no " .. what .. ", and logs it", function()
      write()
      assert.same({}, writes())
      assert.is_true(#said >= 1)
      for _, line in ipairs(said) do
        assert.matches("^info: dry run, not sent: .*dry_run_spec%.lua:%d+%)$", line)
      end
    end)
  end

  it("logs what it would send, and its handler", function()
    local scope = Scope.new { scheduler = home.scheduler, log = function(level, text)
      said[#said + 1] = level .. ": " .. text
    end }
    scope:run(function()
      home:device("Motion"):on("alarm_motion", function(value) lamp():set("onoff", value) end)
    end)
    advance(home, 1)
    core_loop:tell("homey:device:" .. houses.sensor, "capability",
      { capabilityId = "alarm_motion", value = true, transactionId = "x" })
    advance(home, 1)
    assert.equal(1, #said)
    assert.matches(
      "^info: dry run, not sent: Kitchen/Lamp: onoff = true %(.*dry_run_spec%.lua:%d+%)$", said[1])
    home:post("/api/manager/flow/flow/x/trigger?a=b", { tokens = { guests = 3 } })
    assert.matches('POST /api/manager/flow/flow/x/trigger {"tokens":{"guests":3}} %(', said[2])
    scope:close()
  end)

  it("logs no secret", function()
    home:post("/api/manager/users/user",
      { name = "Eve", password = "tulip", more = { accessToken = "rose", pinCode = "42" } })
    assert.matches("Eve", said[1])
    assert.not_matches("tulip", said[1])
    assert.not_matches("rose", said[1])
    assert.not_matches("42", said[1])
  end)

  it("still reads the true values", function()
    assert.is_true(lamp():get "onoff")
    lamp():set("onoff", false)
    assert.is_true(lamp():get "onoff")
    lamp():on("onoff", function() end)
    advance(home, 1)
    lamp():set("onoff", false)
    assert.is_true(lamp():get "onoff")
  end)

  it("returns as if the change were made", function()
    assert.equal(lamp(), lamp():set("onoff", false))
    assert.is_false(lamp():toggle())
    assert.same({ value = 1 }, home:put("/x", { value = 1 }))
    assert.is_nil(home:post("/x", {}))
  end)

  it("refuses what a real run refuses", function()
    assert.equal("invalid", logins.failure(lamp().set, lamp(), "dim", 7).kind)
    assert.equal("invalid", logins.failure(home.put, home, "x").kind)
    home:guard { class = "light", never = true }
    assert.equal("forbidden", logins.failure(lamp().set, lamp(), "onoff", false).kind)
    assert.same({}, said)
  end)

  it("logs the revert that it would make", function()
    lamp():set("onoff", false, { revert_after = "5 s" })
    advance(home, 10)
    assert.same({}, writes())
    assert.equal(2, #said)
    assert.matches("Kitchen/Lamp: onoff = true", said[2])
  end)

  it("writes nothing to the journal", function()
    lamp():set("onoff", false)
    home:post("/x", {})
    assert.equal(0, #home.journal:entries())
  end)

  it("sends nothing when the environment enables it", function()
    local text = logins.finish(logins.start([[
      local homey = require "homey"
      local home = homey.new { address = "http://127.0.0.1:1", token = "t" }
      home:device("ff469433-66b3-458d-ad73-14530d8f9b39"):set("onoff", true)
      print "went on"
    ]], { HOMEY_DRY_RUN = "1", HOMEY_STATE_DIR = logins.folder() }))
    assert.matches("not sent: device ff469433%-66b3%-458d%-ad73%-14530d8f9b39: onoff = true", text)
    assert.matches("went on", text)
    logins.tidy()
  end)
end)
