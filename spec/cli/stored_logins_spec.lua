-- Wait for a login that `homey login` stores, in virtual time.
local StoredLogins = require "homey.cli.runner.stored_logins"
local Scheduler = require "homey.task.scheduler"
local command = require "spec.support.command"
local fake = require "spec.support.fake_core_loop"

describe("a program whose login is dead", function()
  local core_loop, scheduler, folder, logins

  before_each(function()
    core_loop, folder = fake.new(), command.folder()
    scheduler = Scheduler.new(core_loop)
    command.write(folder .. "/login-1.json", "old")
    logins = StoredLogins.new(folder)
  end)
  after_each(command.tidy)

  -- Seconds until the next attempt, when f is called after some seconds.
  local function waits(seconds, f, patience)
    local began = core_loop:now()
    scheduler:later(seconds, f)
    logins:wait(scheduler, patience or 900)
    return core_loop:now() - began
  end

  for what, change in pairs {
    ["is stored"] = function() command.write(folder .. "/login-1.json", "a new one") end,
    ["of another account is stored"] = function()
      command.write(folder .. "/login-2.json", "new")
    end,
    ["is made the current one"] = function() command.write(folder .. "/current", "login-1") end,
  } do
    it("tries again soon after a login " .. what, function()
      local seconds = waits(30, change)
      assert.is_true(seconds >= 30 and seconds <= 60, seconds)
    end)
  end

  it("tries again once for a login stored earlier", function()
    command.write(folder .. "/login-1.json", "a new one")
    assert.is_true(waits(500, function() end) <= 2)
    assert.equal(900, waits(500, function() end))
  end)

  it("ignores states and journals", function()
    assert.equal(900, waits(30, function()
      for _, name in ipairs { "journal.jsonl", "state-evening.json", "login-1.lock",
        "state-evening.tmp" } do
        command.write(folder .. "/" .. name, "x")
      end
    end))
  end)

  it("checks the files at most once a minute", function()
    assert.equal(900, waits(1, function() end))
    assert.equal(60, logins.pause)
    logins:note_success()
    assert.equal(1, logins.pause)
  end)

  it("accepts a folder that does not exist yet", function()
    logins = StoredLogins.new(folder .. "/none")
    local seconds = waits(10, function()
      os.execute("mkdir " .. folder .. "/none")
      command.write(folder .. "/none/login-1.json", "new")
    end)
    assert.is_true(seconds >= 10 and seconds < 30, seconds)
  end)
end)
