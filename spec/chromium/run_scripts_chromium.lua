-- The page of `homey run --http` in a real Chromium: the options of triggers, a script that fails
-- and is reloaded, the journal, a hub that is away, and what the hub refuses.
local command = require "spec.support.command"
local webdriver = require "spec.chromium.webdriver"

local evening = [[
local homey = require "homey"
homey.login()
homey.guard { class = "siren", never = true }
homey.device("Hall/Motion"):on("alarm_motion", { to = true }, function()
  homey.device("Hall/Lamp"):set("onoff", true)
end)
homey.at("22:30", function() end)
homey.run()
]]

describe("scripts on the page of homey run --http", function()
  local browser, env, sim, folder, process, url, secret

  local function is_live()
    browser:wait "document.querySelector('#connection').dataset.state === 'live'"
  end

  setup(function()
    env, sim = command.at_sim()
    folder = command.folder()
    command.write(folder .. "/evening.lua", evening)
    process = command.start(env, "run", "--http", "127.0.0.1:0", "--http-write", folder)
    process:wait_for "evening.lua: started"
    url = process:said():match "listens on (http://127%.0%.0%.1:%d+)"
    secret = command.read(env.HOMEY_STATE_DIR .. "/http.token"):match "%S+"
    browser = webdriver.start()
  end)

  teardown(function()
    webdriver.stop()
    command.leave_sim()
  end)

  before_each(function()
    browser:open "about:blank"
    browser:open(url .. "/#token=" .. secret)
    is_live()
  end)

  local function log_has(text)
    browser:wait([[[...document.querySelectorAll("#log li")].some(
      (each) => each.textContent.includes(a[0]))]], text)
  end

  local function scripts_have(text)
    browser:wait("document.querySelector('#script-list').textContent.includes(a[0])", text)
  end

  it("have triggers with options, next times and places", function()
    scripts_have 'Hall/Motion:on("alarm_motion", { to = true })'
    scripts_have "called 0× · evening.lua:4"
    browser:wait [[/at\("22:30"\).*next .*22:30:00 · called 0×/.test(
      document.querySelector("#script-list").textContent)]]
    assert.same({}, browser:console())
  end)

  it("have sent what the journal shows when the page is opened again", function()
    sim:operate("Hall/Motion", "alarm_motion", false)
    sim:operate("Hall/Lamp", "onoff", false)
    command.until_true("the page shows both", function()
      sim:operate("Hall/Motion", "alarm_motion", true)
      local has = browser:eval [[document.querySelector("#log").textContent.includes(
        "Hall/Lamp: onoff = true")]]
      if not has then sim:operate("Hall/Motion", "alarm_motion", false) end
      return has
    end)
    browser:open "about:blank"
    browser:open(url)
    is_live()
    log_has "Hall/Motion: alarm_motion became true → evening.lua:4"
    assert.same({}, browser:console())
  end)

  it("show their error until they are saved again", function()
    command.write(folder .. "/evening.lua", "this is no Lua")
    scripts_have "evening.lua runs"
    scripts_have "evening.lua:1: "
    command.write(folder .. "/evening.lua", "error 'the lamp is made of cheese'")
    scripts_have "the lamp is made of cheese"
    scripts_have "stopped: save the file"
    browser:screenshot "run-error"
    command.write(folder .. "/evening.lua", evening)
    scripts_have "evening.lua runs"
    browser:wait "!document.querySelector('#script-list .failed')"
    assert.same({}, browser:console())
  end)

  it("forbid by a guard what a click would do", function()
    browser:eval [[[...document.querySelectorAll(".device")].find(
      (each) => each.querySelector("h3").textContent === "Siren"
    ).querySelector("[role=switch]").click()]]
    browser:wait "document.querySelector('#error').textContent.includes('guard at')"
    assert.is_false(sim:device("Hall/Siren").capabilitiesObj.onoff.value)
    browser:console() -- Chromium logs the status of 403
  end)

  it("stay on the page while the hub is away, and after the program has ended", function()
    sim:drop "1 h"
    browser:wait "document.querySelector('#connection').textContent.startsWith('Not up to date')"
    scripts_have "evening.lua runs"
    browser:screenshot "run-away"
    process:signal "TERM"
    assert.equal(0, process:ended())
    browser:wait "document.querySelector('#connection').dataset.state === 'lost'"
  end)
end)
